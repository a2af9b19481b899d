#include "sending.h"

#define UNIT 1000       /* one payload; one is paid back each second */
#define BURST 50        /* so that any 60 s hold at most 50 + 60 */
#define BEAT_RESERVE 10 /* on top, for heartbeats */

bool sending_take(struct sending *s, bool heartbeat, int64_t now)
{
    int64_t paid = now - s->at;
    s->spent = paid >= s->spent ? 0 : s->spent - (int32_t)paid;
    s->at = now;
    int32_t room = (BURST + (heartbeat ? BEAT_RESERVE : 0)) * UNIT;
    if (s->spent + UNIT > room)
        return false;
    s->spent += UNIT;
    return true;
}
