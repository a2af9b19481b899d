"""The lints can fail: each broken statement, put among the sources, is found where it stands."""

import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LINT = "sql_on_tenant_tables_names_the_tenant"

FUNCTION = """
int broken(const struct tenant_scope *c, struct error *e)
{{
    return sql_run(c->store, e, {sql}, "t", c->tenant);
}}
"""
BROKEN = {
    "a read by number": '"SELECT balance FROM customers WHERE user_id = ?1"',
    "a change of all": '"UPDATE stock SET state = 0 WHERE item = ?1"',
    "a deletion": '"DELETE FROM entries WHERE entry = ?1"',
    "an insertion that copies": '"INSERT INTO deposits SELECT * FROM deposits WHERE message_id = ?1"',
    "a statement in pieces": '"SELECT total FROM"\n        " transactions WHERE tx = ?1"',
    "a join": '"SELECT 1 FROM tenants t JOIN products p USING (tenant_id) WHERE p.code = ?1"',
    "a column of a rival key": '"SELECT sum(total) FROM sales_days WHERE day = ?1 GROUP BY (tenant_id)"',
    "a rollup": '"INSERT INTO sales_days SELECT * FROM sales_days ON CONFLICT (tenant_id, day) DO NOTHING"',
    "the end of a listing": '"FROM payments WHERE reference = ?1"',
    "a subquery": '"SELECT 1 FROM tenants WHERE tenant_id IN (SELECT tenant_id FROM rents WHERE ends_at < ?1)"',
    "another tenant's half of a join": '"SELECT 1 FROM stock s JOIN products p ON p.product = s.product WHERE s.tx = ?1"',
    "a wild card": '"REPLACE INTO rents SELECT * FROM rents WHERE auto_renew = ?1"',
    "a table of a later migration": '"SELECT id FROM former_ids WHERE tx = ?1"',
    "lower case": '"select growid from customers where user_id = ?1"',
}
SOUND = {
    "the tenant bound": '"SELECT balance FROM customers WHERE tenant_id = ?1"',
    "values of the tenant": '"INSERT INTO deposits (tenant_id, message_id) VALUES (?1, 5)"',
    "a join on the tenant": '"SELECT 1 FROM stock s JOIN products p ON p.tenant_id = s.tenant_id WHERE s.tenant_id = ?1"',
    "no tenant's table": '"DELETE FROM meta WHERE key = ?1"',
}


@pytest.fixture
def tree(tmp_path):
    os.makedirs(tmp_path / "tests/lint")
    os.makedirs(tmp_path / "src/store")
    shutil.copytree(os.path.join(ROOT, "migrations"), tmp_path / "migrations")
    shutil.copy(os.path.join(HERE, "run"), tmp_path / "tests/lint/run")
    shutil.copy(os.path.join(ROOT, "src/store/products.c"), tmp_path / "src/store/products.c")
    return tmp_path


def lint(tree, name=LINT):
    return subprocess.run([sys.executable, tree / "tests/lint/run", name], capture_output=True, text=True, cwd=tree)


def add(tree, text):
    path = tree / "src/store/products.c"
    with open(path, "a", encoding="utf-8") as f:
        f.write(text)


def test_the_sources_as_they_are_pass(tree):
    run = lint(tree)
    assert run.returncode == 0 and "1 passed, 0 failed" in run.stdout, run.stdout


@pytest.mark.parametrize("what", BROKEN)
def test_sql_that_forgets_the_tenant_is_found(tree, what):
    add(tree, FUNCTION.format(sql=BROKEN[what]))
    run = lint(tree)
    assert run.returncode == 1 and "src/store/products.c:" in run.stdout and "1 failed" in run.stdout, run.stdout


@pytest.mark.parametrize("what", SOUND)
def test_sql_that_names_the_tenant_is_not(tree, what):
    add(tree, FUNCTION.format(sql=SOUND[what]))
    run = lint(tree)
    assert run.returncode == 0, run.stdout


def test_who_crosses_tenants_says_so(tree):
    add(tree, "\n/* crosses tenants: the daemon looks after all */" + FUNCTION.format(sql=BROKEN["a change of all"]))
    assert lint(tree).returncode == 0
