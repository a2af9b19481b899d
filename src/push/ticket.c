/* Pushes whose results are taken later, by whoever polls. */
#include <sys/eventfd.h>

#include "thread.h"
#include "tt/base/mem.h"

static void on_ticket(void *context, struct push_result *result)
{
    struct push_ticket *ticket = context;
    struct push_thread *t = ticket->thread;
    pthread_mutex_lock(&t->mutex);
    ticket->result = *result;
    ticket->there = true;
    if (t->untaken++ == 0)
        eventfd_write(t->untaken_fd, 1);
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->mutex);
}

int push_thread_fd(const struct push_thread *t)
{
    return t->untaken_fd;
}

struct push_ticket *push_thread_start(struct push_thread *t, const struct push_request *request)
{
    struct push_ticket *ticket = mem_zero(1, sizeof *ticket);
    ticket->thread = t;
    pthread_mutex_lock(&t->mutex);
    ticket->next = t->tickets;
    ticket->at = &t->tickets;
    if (ticket->next)
        ticket->next->at = &ticket->next;
    t->tickets = ticket;
    pthread_mutex_unlock(&t->mutex);
    push_thread_push(t, request, on_ticket, ticket);
    return ticket;
}

static void ticket_leave(struct push_ticket *ticket)
{
    *ticket->at = ticket->next;
    if (ticket->next)
        ticket->next->at = ticket->at;
}

int push_thread_finish(struct push_thread *t, struct push_ticket *ticket, struct push_result *result)
{
    pthread_mutex_lock(&t->mutex);
    bool there = ticket->there;
    eventfd_t count;
    if (there && --t->untaken == 0)
        eventfd_read(t->untaken_fd, &count);
    if (there)
        ticket_leave(ticket);
    pthread_mutex_unlock(&t->mutex);
    if (!there)
        return 0;
    *result = ticket->result;
    free(ticket);
    return 1;
}

void tickets_free(struct push_thread *t)
{
    while (t->tickets) {
        struct push_ticket *ticket = t->tickets;
        ticket_leave(ticket);
        json_free(ticket->result.failed);
        free(ticket);
    }
}
