/* What must hold of products, stock, money and numbers. */
#include "doctor.h"

#include <stddef.h>

/* The rows of a tenant that is being erased go bit by bit. */
#define STAYING(table) " AND " table ".tenant_id NOT IN (SELECT tenant_id FROM tenants WHERE deleted_at = 1)"

/* The numbers of here know nothing of a sale that was imported, nor of its refund. */
#define COUNTED                                                                                 \
    "a.foreign_id IS NULL AND (a.refunds = 0 OR NOT EXISTS (SELECT 1 FROM transactions p WHERE" \
    " p.tx = a.refunds AND p.tenant_id = a.tenant_id AND p.foreign_id IS NOT NULL))"

/* Crosses tenants: the whole file is looked at. */
const struct row_check shop_checks[] = {
    {"stock_imports",
     "SELECT tenant_id || ' ' || product || ' ' || batch FROM stock_batches WHERE state <> 'published'"
     " AND since < ?1 - 2 * 86400000",
     "no import left anything behind",
     "imports that left items behind: the daemon erases them, an import too"},
    {"stock_products",
     "SELECT tenant_id || ' ' || code FROM products p WHERE ?1 AND NOT EXISTS (SELECT 1 FROM stock_counts n"
     " WHERE n.tenant_id = p.tenant_id AND n.product = p.product)",
     "every product has its counts", "products without their counts: nobody sees them"},
    {"stock_low",
     "SELECT p.tenant_id || ' ' || p.code FROM products p JOIN stock_counts n ON n.tenant_id = p.tenant_id"
     " AND n.product = p.product WHERE ?1"
     " AND n.threshold <> iif(p.active = 1 AND p.removed_at = 0, p.threshold, 0)",
     "every product is watched at its threshold", "products that are watched at another threshold"},
    {"stock_numbers",
     "SELECT tenant_id FROM shop_numbers n WHERE ?1"
     " AND (item < (SELECT max(item) FROM stock s WHERE s.tenant_id = n.tenant_id)"
     " OR product < (SELECT max(product) FROM products p WHERE p.tenant_id = n.tenant_id))",
     "no number is given twice", "tenants whose next product or item would get a number that is taken"},
    {"stock_sold",
     "SELECT s.tenant_id || ' ' || s.item FROM stock s WHERE ?1 AND s.tx IS NOT NULL AND NOT EXISTS"
     " (SELECT 1 FROM transactions t WHERE t.tx = s.tx AND t.tenant_id = s.tenant_id)",
     "every sold item has its transaction", "items that were sold by no transaction"},
    {"purchases",
     "SELECT t.tenant_id || ' ' || t.tx FROM transactions t WHERE ?1 AND t.type = 'purchase'"
     " AND t.foreign_id IS NULL AND t.quantity <> (SELECT count(*) FROM stock s WHERE s.tx = t.tx"
     " AND s.tenant_id = t.tenant_id AND s.state = 2)"
     /* One that came in a file without its contents has no items at all. */
     " AND NOT (EXISTS (SELECT 1 FROM former_ids f WHERE f.tx = t.tx AND f.tenant_id = t.tenant_id)"
     " AND NOT EXISTS (SELECT 1 FROM stock s WHERE s.tx = t.tx))" STAYING("t"),
     "every purchase has as many sold items as it says", "purchases whose items are not as many as they say"},
    {"balances",
     "SELECT tenant_id || ' ' || user_id FROM (SELECT tenant_id, user_id, balance AS n FROM customers"
     " UNION ALL SELECT tenant_id, user_id, -amount FROM entries WHERE user_id IS NOT NULL) x WHERE "
     "?1" STAYING("x") " GROUP BY tenant_id, user_id HAVING sum(n) <> 0",
     "every balance is the sum of its entries", "balances that are not the sum of their entries"},
    {"movements",
     "SELECT a.tenant_id || ' ' || a.movement FROM entries a LEFT JOIN entries b"
     " ON b.entry = iif(a.entry = a.movement, a.entry + 1, a.movement) AND b.tenant_id = a.tenant_id"
     " AND b.movement = a.movement WHERE ?1 AND (b.amount IS NOT -a.amount"
     " OR a.entry NOT BETWEEN a.movement AND a.movement + 1)" STAYING("a"),
     "the entries of every movement sum to zero", "movements of money whose entries do not sum to zero"},
    {"ledger", "SELECT sum(amount) FROM entries x WHERE ?1" STAYING("x") " HAVING sum(amount) <> 0",
     "all entries sum to zero", "sum of all entries that is not zero"},
    {"charges",
     "SELECT tenant_id || ' ' || tx FROM (SELECT tenant_id, tx, user_id,"
     " iif(type = 'purchase', -total, total) AS n FROM transactions WHERE foreign_id IS NULL UNION ALL"
     " SELECT tenant_id, reference, user_id, -amount FROM entries WHERE account = 'customer'"
     " AND kind IN ('purchase', 'refund')) x WHERE ?1" STAYING(
         "x") " GROUP BY tenant_id, tx, user_id HAVING sum(n) <> 0",
     "every transaction moved its money", "transactions whose money was not moved as they say"},
    {"refunds",
     "SELECT tenant_id || ' ' || tx FROM transactions t WHERE ?1" STAYING(
         "t") " AND ((type = 'purchase' AND foreign_id IS NULL AND (status = 'refunded') <> EXISTS (SELECT 1"
              " FROM transactions r WHERE r.refunds = t.tx AND r.refunds <> 0 AND r.tenant_id = t.tenant_id))"
              " OR (type = 'refund' AND NOT EXISTS (SELECT 1 FROM transactions p WHERE p.tx = t.refunds"
              " AND p.tenant_id = t.tenant_id AND p.type = 'purchase' AND p.status = 'refunded'"
              " AND p.user_id = t.user_id AND p.total = t.total)))",
     "every refund has its purchase", "purchases and refunds that do not agree"},
    {"deposits",
     "SELECT tenant_id || ' ' || message_id FROM (SELECT tenant_id, message_id, user_id, amount AS n"
     " FROM deposits WHERE state = 'credited' UNION ALL SELECT tenant_id, reference, user_id, -amount"
     " FROM entries WHERE account = 'customer' AND kind = 'deposit') x WHERE ?1" STAYING(
         "x") " GROUP BY tenant_id, message_id, user_id HAVING sum(n) <> 0",
     "every deposit moved its money", "deposits whose money was not moved as they say"},
    {"sales",
     "SELECT tenant_id || ' ' || rollup FROM (SELECT tenant_id, 'hours' AS rollup, sum(sales) AS s,"
     " sum(quantity) AS q, sum(total) AS t FROM sales_hours GROUP BY tenant_id"
     " UNION ALL SELECT tenant_id, iif(day = 0, 'all days', 'days'), sum(sales), sum(quantity), sum(total)"
     " FROM sales_days GROUP BY tenant_id, day = 0"
     " UNION ALL SELECT tenant_id, iif(day = 0, 'all products', 'products'), sum(sales), sum(quantity),"
     " sum(total) FROM sales_products GROUP BY tenant_id, day = 0"
     " UNION ALL SELECT tenant_id, iif(day = 0, 'all customers', 'customers'), sum(sales), sum(quantity),"
     " sum(total) FROM sales_customers GROUP BY tenant_id, day = 0"
     " UNION ALL SELECT tenant_id, value, s, q, t FROM (SELECT tenant_id,"
     " -sum(iif(type = 'purchase', 1, -1)) AS s, -sum(iif(type = 'purchase', quantity, -quantity)) AS q,"
     " -sum(iif(type = 'purchase', total, -total)) AS t FROM transactions a WHERE " COUNTED
     " GROUP BY tenant_id), json_each('[\"hours\",\"days\",\"all days\",\"products\",\"all products\","
     "\"customers\",\"all customers\"]')) x WHERE ?1" STAYING(
         "x") " GROUP BY tenant_id, rollup HAVING sum(s) <> 0 OR sum(q) <> 0 OR sum(t) <> 0",
     "the numbers are those of the transactions", "numbers that are not those of the transactions"},
    {"transaction_days",
     "SELECT tenant_id FROM (SELECT tenant_id, n FROM transaction_days UNION ALL SELECT tenant_id, -count(*)"
     " FROM transactions GROUP BY tenant_id) x WHERE ?1" STAYING(
         "x") " GROUP BY tenant_id HAVING sum(n) <> 0",
     "the numbers of transactions are those of their rows", "tenants whose transactions are counted wrongly"},
    {"sales_named",
     "SELECT tenant_id || ' ' || what || ' ' || name FROM (SELECT tenant_id, 'product' AS what,"
     " product AS name, iif(type = 'purchase', total, -total) AS n FROM transactions a WHERE " COUNTED
     " UNION ALL SELECT tenant_id, 'customer', user_id, iif(type = 'purchase', total, -total)"
     " FROM transactions a WHERE " COUNTED
     " UNION ALL SELECT tenant_id, 'product', product, -total FROM sales_products WHERE day = 0"
     " UNION ALL SELECT tenant_id, 'customer', user_id, -total FROM sales_customers WHERE day = 0) x"
     " WHERE ?1" STAYING("x") " GROUP BY tenant_id, what, name HAVING sum(n) <> 0",
     "every product and customer has the numbers of its own transactions",
     "products or customers with the numbers of others"},
    {"sales_weeks",
     "SELECT DISTINCT tenant_id || ' ' || user_id FROM (SELECT tenant_id, user_id, 0 AS weeks, 0 AS week,"
     " iif(day = 0, -sales, sales) AS s, iif(day = 0, -quantity, quantity) AS q,"
     " iif(day = 0, -total, total) AS t FROM sales_customers"
     " UNION ALL SELECT tenant_id, user_id, 1, day - day % 604800000, sales, quantity, total"
     " FROM sales_customers WHERE day > 0"
     " UNION ALL SELECT tenant_id, user_id, 7, week - week % 4233600000, sales, quantity, total"
     " FROM sales_customer_weeks WHERE weeks = 1"
     " UNION ALL SELECT tenant_id, user_id, weeks, week, -sales, -quantity, -total"
     " FROM sales_customer_weeks) x WHERE ?1" STAYING(
         "x") " GROUP BY tenant_id, weeks, week, user_id HAVING sum(s) <> 0 OR sum(q) <> 0 OR sum(t) <> 0",
     "every customer's days and weeks have the same numbers",
     "customers whose days and weeks have different numbers"},
    {"deliveries",
     "SELECT tenant_id || ' ' || delivery FROM deliveries d WHERE ?1 AND tx <> 0 AND NOT EXISTS"
     " (SELECT 1 FROM transactions t WHERE t.tx = d.tx AND t.tenant_id = d.tenant_id)" STAYING("d"),
     "every delivery has its transaction", "deliveries without their transaction"},
    {"undelivered",
     "SELECT tenant_id || ' ' || tx FROM transactions t WHERE ?1 AND delivery = 'pending' AND NOT EXISTS"
     " (SELECT 1 FROM deliveries d WHERE d.kind = 'goods' AND d.tx = t.tx AND d.tenant_id = t.tenant_id"
     " AND d.state <> 'failed')" STAYING("t"),
     "everything that is to be delivered is queued", "transactions whose goods nobody is going to deliver"},
    {"delivered",
     "SELECT tenant_id || ' ' || delivery || iif(reason = '', '', ' (' || reason || ')') FROM deliveries"
     " WHERE state = 'failed' OR (state = 'leased' AND leased_until < ?1 - 600000) OR attempts > 20",
     "no delivery is stuck", "deliveries that failed or were left behind: `stock redeliver`"},
    {0},
};
