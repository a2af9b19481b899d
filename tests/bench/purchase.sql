-- What the store runs for one purchase of one item, in its order: read by bare.c and shop.py, the peers of the
-- bench, and compared by shop.py with what the store really runs.
--
-- "--= NAME VALUE" is a constant. A line "--> NAME..." says into what the columns of the next statement's first row
-- go, or, where it has none, the number of the row that it inserted. The peers give :tenant :user :code :now :hour
-- :day :total_hour and :sequence.

--= purchase 'purchase'
--= completed 'completed'
--= pending 'pending'
--= goods 'goods'
--= sales 'sales'
--= empty ''
--= none 0
--= one 1
--= price 100
--= charge -100
--= session '0123456789abcdef0123456789abcdef'
--= resume 'wss://gateway-us-east1-b.discord.gg'

--> balance
SELECT balance FROM customers WHERE tenant_id = :tenant AND user_id = :user;

--> product unit_price active threshold available
SELECT p.product, p.price, p.active, p.threshold, n.available FROM products p
  JOIN stock_counts n ON n.tenant_id = p.tenant_id AND n.product = p.product
  WHERE p.tenant_id = :tenant AND p.code = :code AND p.removed_at = 0;

--> tx
INSERT INTO transactions (tenant_id, type, user_id, product, code, quantity, total, status, delivery, refunds,
  foreign_id, created_at)
  VALUES (:tenant, :purchase, :user, :product, :code, :one, :price, :completed, :pending, :none, :null, :now);

--> available
SELECT available FROM stock_counts WHERE tenant_id = :tenant AND product = :product;

--> item
SELECT s.item FROM stock_batches b INDEXED BY stock_batches_open
  CROSS JOIN stock s INDEXED BY stock_available
  ON s.tenant_id = b.tenant_id AND s.product = b.product AND s.batch = b.batch AND s.state = 0
  WHERE b.tenant_id = :tenant AND b.product = :product AND b.state = 'published' AND b.available > 0
  ORDER BY b.batch, s.item LIMIT :one;

UPDATE stock SET state = 2, tx = :tx WHERE tenant_id = :tenant AND item = :item;

--> movement
SELECT coalesce(max(entry), 0) + 1 FROM entries;

INSERT INTO entries (entry, tenant_id, movement, account, user_id, amount, kind, reference, note, time)
  VALUES (:movement, :tenant, :movement, 'customer', :user, :charge, :purchase, :tx, :empty, :now),
  (:movement + 1, :tenant, :movement, :sales, NULL, -:charge, :purchase, :tx, :empty, :now);

INSERT INTO sales_hours VALUES (:tenant, :hour, :one, :one, :price) ON CONFLICT (tenant_id, hour)
  DO UPDATE SET sales = sales + :one, quantity = quantity + :one, total = total + :price;

INSERT INTO sales_days VALUES (:tenant, 0, :one, :one, :price), (:tenant, :day, :one, :one, :price)
  ON CONFLICT (tenant_id, day)
  DO UPDATE SET sales = sales + :one, quantity = quantity + :one, total = total + :price;

INSERT INTO sales_products VALUES (:tenant, 0, :product, :one, :one, :price),
  (:tenant, :day, :product, :one, :one, :price)
  ON CONFLICT (tenant_id, day, product)
  DO UPDATE SET sales = sales + :one, quantity = quantity + :one, total = total + :price;

INSERT INTO sales_customers VALUES (:tenant, 0, :user, :one, :one, :price),
  (:tenant, :day, :user, :one, :one, :price)
  ON CONFLICT (tenant_id, day, user_id)
  DO UPDATE SET sales = sales + :one, quantity = quantity + :one, total = total + :price;

INSERT INTO sales_customer_weeks VALUES (:tenant, 1, :day - :day % 604800000, :user, :one, :one, :price),
  (:tenant, 7, :day - :day % 4233600000, :user, :one, :one, :price)
  ON CONFLICT (tenant_id, weeks, week, user_id)
  DO UPDATE SET sales = sales + :one, quantity = quantity + :one, total = total + :price;

INSERT INTO sales_total VALUES (:total_hour, :one, :one, :price) ON CONFLICT (hour)
  DO UPDATE SET sales = sales + :one, quantity = quantity + :one, total = total + :price;

INSERT INTO deliveries (tenant_id, kind, tx, copy, user_id, channel_id, items_left, document, next_at)
  VALUES (:tenant, :goods, :tx, :none, :user, :none, :none, :empty, :now);

INSERT INTO gateway_sessions (tenant_id, session_id, resume_url, sequence, identifies, identify_day)
  VALUES (:tenant, :session, :resume, :sequence, :one, :now) ON CONFLICT (tenant_id) DO UPDATE SET
  session_id = :session, resume_url = :resume, sequence = :sequence, identifies = :one, identify_day = :now;
