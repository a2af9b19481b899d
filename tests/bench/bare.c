/* The peer of the shop's bench: a loop over SQLite alone that runs the statements of a purchase, prepared
 * once, BATCH purchases a transaction.
 *
 * bare DB SQL TENANTS PRODUCTS CUSTOMERS COUNT BATCH    prints "seconds S cpu S"; the choice of buyers and
 * products is that of shop.c */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "choice.h"

#define STATEMENTS_MAX 64
#define VARIABLES_MAX 64
#define NAMES_MAX 32
#define HOUR INT64_C(3600000)

struct variable {
    char name[32];
    char text[64];
    int64_t number;
    bool is_text;
};

struct statement {
    sqlite3_stmt *stmt;
    struct variable *in[NAMES_MAX], *out[NAMES_MAX];
    int in_count, out_count, columns;
};

static struct variable variables[VARIABLES_MAX];
static int variable_count;
static struct statement statements[STATEMENTS_MAX];
static int statement_count;
static sqlite3 *db;

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bare: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

static struct variable *variable(const char *name)
{
    for (int i = 0; i < variable_count; i++)
        if (strcmp(variables[i].name, name) == 0)
            return &variables[i];
    check(variable_count < VARIABLES_MAX && strlen(name) < sizeof variables->name, name);
    struct variable *v = &variables[variable_count++];
    snprintf(v->name, sizeof v->name, "%s", name);
    return v;
}

static void set_text(const char *name, const char *text)
{
    struct variable *v = variable(name);
    v->is_text = true;
    snprintf(v->text, sizeof v->text, "%s", text);
}

/* --- the statements --- */

/* "--= NAME VALUE" */
static void constant(const char *line)
{
    char name[32], value[64];
    check(sscanf(line, "--= %31s %63[^\n]", name, value) == 2, line);
    size_t n = strlen(value);
    if (value[0] != '\'') {
        variable(name)->number = strtoll(value, NULL, 10);
        return;
    }
    value[n - 1] = '\0';
    set_text(name, value + 1);
}

/* "--> NAME..." */
static void results(struct statement *s, const char *line)
{
    char name[32];
    int n;
    for (line += 3; sscanf(line, " %31[a-z_]%n", name, &n) == 1; line += n) {
        check(s->out_count < NAMES_MAX, "results");
        s->out[s->out_count++] = variable(name);
    }
}

static void prepare(struct statement *s, const char *sql)
{
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL) == SQLITE_OK, sql);
    s->in_count = sqlite3_bind_parameter_count(s->stmt);
    s->columns = sqlite3_column_count(s->stmt);
    check(s->in_count <= NAMES_MAX, sql);
    for (int i = 0; i < s->in_count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->stmt, i + 1) + 1;
        s->in[i] = strcmp(name, "null") == 0 ? NULL : variable(name);
    }
}

static void read_statements(const char *path)
{
    static char sql[4096];
    char line[512];
    FILE *file = fopen(path, "r");
    check(file != NULL, path);
    while (fgets(line, sizeof line, file)) {
        check(statement_count < STATEMENTS_MAX, "too many statements");
        struct statement *s = &statements[statement_count];
        if (strncmp(line, "--=", 3) == 0) {
            constant(line);
        } else if (strncmp(line, "-->", 3) == 0) {
            results(s, line);
        } else if (strncmp(line, "--", 2) != 0 && line[0] != '\n') {
            check(strlen(sql) + strlen(line) < sizeof sql, "a long statement");
            memcpy(sql + strlen(sql), line, strlen(line) + 1);
            if (strchr(line, ';')) {
                prepare(s, sql);
                sql[0] = '\0';
                statement_count++;
            }
        }
    }
    fclose(file);
}

static void run(struct statement *s)
{
    for (int i = 0; i < s->in_count; i++) {
        const struct variable *v = s->in[i];
        if (v && v->is_text)
            sqlite3_bind_text(s->stmt, i + 1, v->text, -1, SQLITE_STATIC);
        else if (v)
            sqlite3_bind_int64(s->stmt, i + 1, v->number);
    }
    int rc = sqlite3_step(s->stmt);
    if (s->columns > 0)
        check(rc == SQLITE_ROW, sqlite3_sql(s->stmt));
    for (int i = 0; i < s->out_count && rc == SQLITE_ROW; i++)
        s->out[i]->number = sqlite3_column_int64(s->stmt, i);
    while (rc == SQLITE_ROW)
        rc = sqlite3_step(s->stmt);
    check(rc == SQLITE_DONE, sqlite3_sql(s->stmt));
    if (s->columns == 0 && s->out_count > 0)
        s->out[0]->number = sqlite3_last_insert_rowid(db);
    sqlite3_reset(s->stmt);
}

static void control(const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

/* --- the loop --- */

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct {
    struct variable *tenant, *code, *user, *now, *hour, *total_hour, *day, *sequence;
} given;

static void find_given(void)
{
    set_text("tenant", "");
    set_text("code", "");
    given.tenant = variable("tenant");
    given.code = variable("code");
    given.user = variable("user");
    given.now = variable("now");
    given.hour = variable("hour");
    given.total_hour = variable("total_hour");
    given.day = variable("day");
    given.sequence = variable("sequence");
}

static void one(struct choice *choice, int64_t sequence)
{
    int64_t now = clock_us(CLOCK_REALTIME) / 1000;
    choice_next(choice);
    choice_tenant(choice->tenant, given.tenant->text);
    choice_code(choice->product, given.code->text);
    given.user->number = CHOICE_USER + choice->customer;
    given.now->number = now;
    given.hour->number = given.total_hour->number = now - now % HOUR;
    given.day->number = now - (now + 7 * HOUR) % (24 * HOUR); /* Asia/Jakarta */
    given.sequence->number = sequence;
    for (int i = 0; i < statement_count; i++)
        run(&statements[i]);
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fputs("usage: bare DB SQL TENANTS PRODUCTS CUSTOMERS COUNT BATCH\n", stderr);
        return 2;
    }
    struct choice choice =
        choice_begin(strtoll(argv[3], NULL, 10), strtoll(argv[4], NULL, 10), strtoll(argv[5], NULL, 10));
    long count = strtol(argv[6], NULL, 10), batch = strtol(argv[7], NULL, 10);
    check(sqlite3_open(argv[1], &db) == SQLITE_OK, argv[1]);
    control("PRAGMA foreign_keys = ON");
    control("PRAGMA synchronous = FULL");
    control("PRAGMA cache_size = -32768"); /* as the store has it */
    read_statements(argv[2]);
    find_given();
    int64_t began = clock_us(CLOCK_MONOTONIC), cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < count; i++) {
        if (i % batch == 0)
            control("BEGIN IMMEDIATE");
        one(&choice, i);
        if (i % batch == batch - 1 || i == count - 1)
            control("COMMIT");
    }
    began = clock_us(CLOCK_MONOTONIC) - began;
    cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("seconds %.3f cpu %.3f\n", (double)began / 1e6, (double)cpu / 1e6);
    for (int i = 0; i < statement_count; i++)
        sqlite3_finalize(statements[i].stmt);
    sqlite3_close(db);
    return 0;
}
