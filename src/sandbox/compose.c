#include "compose.h"

#include "check.h"
#include "tt/base/mem.h"
#include "tt/base/text.h"

void draft_release(struct draft *d)
{
    json_free(d->embeds);
    json_free(d->components);
    *d = (struct draft){0};
}

static bool given(const struct json *doc, const char *key)
{
    return json_get(doc, key) != NULL;
}

static size_t files_of(const struct request *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->uploads.count; i++) {
        const struct upload *u = r->uploads.items[i];
        n += u->filename != NULL;
    }
    return n;
}

static bool is_empty(const struct request *r, const struct draft *d, const struct message *old)
{
    if (d->content ? *d->content : old && *old->content)
        return false;
    if (json_count(d->embeds ? d->embeds : old ? old->embeds : NULL) > 0 || files_of(r) > 0)
        return false;
    if (json_count(d->components ? d->components
                   : old         ? old->components
                                 : NULL) > 0 &&
        ((old ? old->flags : d->flags) & FLAG_V2))
        return false;
    return !(old && !d->attachments && old->attachments.count > 0);
}

static void check_nonce(struct objections *o, struct draft *d, const struct json *doc)
{
    const struct json *nonce = json_get(doc, "nonce");
    if (!nonce || json_is(nonce, JSON_NULL))
        return;
    d->nonce = nonce;
    d->enforce = json_get_bool(doc, "enforce_nonce", false);
    if (json_is(nonce, JSON_STRING)) {
        if (text_length(json_string(nonce)) > 25)
            objection(o, "NONCE_TYPE_TOO_LONG", "Nonce must be no longer than 25 characters.", "nonce");
    } else if (!json_is(nonce, JSON_NUMBER)) {
        objection(o, "NONCE_TYPE_INVALID", "Nonce must be a string or an integer.", "nonce");
    }
}

bool draft_read(struct request *r, struct draft *d, const struct json *doc, const char *prefix, bool edit,
                const struct message *existing)
{
    struct objections o = {0};
    char at[PATH_SIZE];
    *d = (struct draft){0};
    d->flags = (int)json_get_int(doc, "flags", 0);
    int flags = existing ? existing->flags : d->flags;
    snprintf(at, sizeof at, "%scontent", prefix);
    d->content = check_text(&o, doc, "content", at, 0, 2000, false);
    if (edit && given(doc, "content") && !d->content)
        d->content = "";
    snprintf(at, sizeof at, "%sembeds", prefix);
    if (given(doc, "embeds"))
        d->embeds = check_embeds(&o, json_get(doc, "embeds"), at);
    snprintf(at, sizeof at, "%scomponents", prefix);
    if (given(doc, "components"))
        d->components =
            check_components(&o, json_get(doc, "components"), at, ((flags | d->flags) & FLAG_V2) != 0);
    if (((flags | d->flags) & FLAG_V2) && ((d->content && *d->content) || json_count(d->embeds) > 0))
        objection(&o, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                  "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2", "%scontent",
                  prefix);
    d->allowed = json_get(doc, "allowed_mentions");
    check_allowed_mentions(&o, d->allowed);
    if (json_is(json_get(doc, "attachments"), JSON_ARRAY))
        d->attachments = json_get(doc, "attachments");
    if (files_of(r) > 10)
        objection(&o, "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.", "files");
    d->tts = json_get_bool(doc, "tts", false);
    d->reference = json_id(json_at(doc, "message_reference.message_id"));
    check_nonce(&o, d, doc);
    if (answer_objections(r, &o)) {
        draft_release(d);
        return false;
    }
    if (is_empty(r, d, existing)) {
        answer_error(r, 400, 50006, "Cannot send an empty message");
        draft_release(d);
        return false;
    }
    return true;
}

/* What `attachments` says of the N-th uploaded file. */
static const struct json *described(const struct draft *d, const char *field)
{
    const char *open = strchr(field, '[');
    int64_t number = open ? strtoll(open + 1, NULL, 10) : -1;
    json_each(one, d->attachments)
    {
        if (json_id(json_get(one, "id")) == number && number > 0)
            return one;
    }
    /* json_id has no 0, which is the number of the first file. */
    if (number == 0)
        json_each(one, d->attachments)
        {
            const char *id = json_get_string(one, "id");
            if (str_equal(id, "0") || (!id && json_get_int(one, "id", -1) == 0))
                return one;
        }
    return NULL;
}

static void add_uploads(struct request *r, const struct draft *d, struct message *m)
{
    for (size_t i = 0; i < r->uploads.count; i++) {
        const struct upload *u = r->uploads.items[i];
        if (!u->filename)
            continue;
        const struct json *about = described(d, u->name ? u->name : "");
        const char *name = json_get_string(about, "filename");
        struct attachment *a = world_add_attachment(&r->box->world, m->channel->id, name ? name : u->filename,
                                                    u->type, u->data, u->size);
        a->description = mem_strdup(json_get_string(about, "description"));
        message_attach(m, a);
    }
}

/* An edit that names attachments keeps only those. */
static void keep_attachments(struct world *w, const struct draft *d, struct message *m)
{
    struct list kept = {0}, had = m->attachments;
    if (!d->attachments)
        return;
    m->attachments = (struct list){0};
    for (size_t i = 0; i < had.count; i++) {
        struct attachment *a = had.items[i];
        bool named = false;
        json_each(one, d->attachments)
        {
            named = named || json_get_id(one, "id") == a->id;
        }
        list_push(named ? &kept : &m->attachments, a);
    }
    message_detach_all(w, m);
    list_drop(&m->attachments);
    list_drop(&had);
    m->attachments = kept;
}

static void replace(struct json **field, struct json **by)
{
    if (!*by)
        return;
    json_free(*field);
    *field = *by;
    *by = NULL;
}

void draft_apply(struct request *r, struct draft *d, struct message *m, bool edit)
{
    struct world *w = &r->box->world;
    if (d->content)
        world_set(&m->content, d->content);
    replace(&m->embeds, &d->embeds);
    replace(&m->components, &d->components);
    if (edit)
        keep_attachments(w, d, m);
    add_uploads(r, d, m);
    if (!edit) {
        m->tts = d->tts;
        m->flags |= d->flags & (FLAG_SUPPRESS_EMBEDS | FLAG_SILENT | FLAG_V2);
        m->nonce = d->nonce ? json_clone(d->nonce) : NULL;
        m->enforced_nonce = d->enforce;
        m->reference_id = d->reference;
        m->type = d->reference ? 19 : m->type;
    }
    if (d->content || !edit)
        message_find_mentions(w, m, d->allowed);
    draft_release(d);
}
