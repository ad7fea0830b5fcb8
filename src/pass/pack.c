/* Packs items into the least memory. Every pair of items that live together must satisfy one of two
 * differences: offset[i] - offset[j] >= gap(i, j)   ("i above j")   or   offset[j] - offset[i] >=
 * gap(j, i).
 * 1. A proven bound: of the items at each single step, their bytes less what a flow says they can
 * have in common, raised towards their exact optimum.
 * 2. First-fit in several orders, then hill climbing on the order: usually meets the bound, and is
 * then optimal.
 * 3. Else branch and bound over the directions of pairs with bounds propagation, for a size below
 * the best known, until it finds one (and asks for less) or has proven that there is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pack.h"

enum {
    EXACT_ITEMS = 160,
    LOCAL_ITEMS = 24,
    CLIMB_ITEMS = 400,
    FEW_ROUNDS = 20000, /* of climbing, for each item: before the exact search and after a first try of it */
    MANY_ROUNDS = 3000000,
    FLOW_PUSHES = 5000
};
#define FREE INT64_MIN                                 /* no rule between two items */
static const int64_t EFFORT_CHECKS = 10 * 1000 * 1000; /* pair checks in a unit of effort */
static const int64_t LOCAL_CHECKS = 2 * 1000 * 1000;   /* for the bound at one step */

typedef enum Side {
    UNDECIDED = 0,
    ABOVE,
    BELOW
} Side; /* side[i * n + j]: where i lies, seen from j */

typedef struct Packer {
    int32_t n;
    const PackItem *item;
    int64_t *gap;  /* n * n */
    int64_t *best; /* offsets of the best plan */
    int64_t best_bytes;
    /* search below a capacity */
    uint8_t *side;
    int64_t *low, *high; /* where an item's offset may still lie */
    int32_t *queue;      /* ring of items whose range has changed */
    bool *is_queued;
    int32_t queue_head, queue_count;
    int32_t *trail; /* pairs decided, to be taken back */
    int32_t trail_count;
    int64_t **kept; /* by depth: low and high before the decision, made when first needed */
    int64_t checks_left;
    Arena *arena;
} Packer;

static int64_t align_up(int64_t v, int64_t align)
{
    return v <= 0 ? 0 : (v + align - 1) / align * align;
}

static int64_t end_of(const Packer *s, const int64_t *offset)
{
    int64_t end = 0;
    for (int32_t i = 0; i < s->n; i++) {
        int64_t e = offset[i] + s->item[i].bytes;
        end = e > end ? e : end;
    }
    return end;
}

static void keep_if_better(Packer *s, const int64_t *offset)
{
    int64_t bytes = end_of(s, offset);
    if (bytes < s->best_bytes) {
        s->best_bytes = bytes;
        memcpy(s->best, offset, sizeof *offset * (size_t)s->n);
    }
}

static bool live_together(const PackItem *a, const PackItem *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static Packer *packer_new(Arena *arena, const PackItem *item, int32_t n)
{
    Packer *s = NEW(arena, Packer, 1);
    size_t count = (size_t)n;
    *s = (Packer){.n = n, .item = item, .best_bytes = INT64_MAX, .arena = arena};
    s->gap = NEW(arena, int64_t, count * count);
    s->best = NEW(arena, int64_t, count);
    s->side = NEW(arena, uint8_t, count * count);
    s->low = NEW(arena, int64_t, count);
    s->high = NEW(arena, int64_t, count);
    s->queue = NEW(arena, int32_t, count);
    s->is_queued = NEW(arena, bool, count);
    s->trail = NEW(arena, int32_t, count * count / 2 + 1);
    s->kept = NEW(arena, int64_t *, count * count / 2 + 1);
    return s;
}

static void fill_gaps(Packer *s)
{
    for (int32_t i = 0; i < s->n; i++) {
        for (int32_t j = 0; j < s->n; j++) {
            bool bound = i != j && live_together(&s->item[i], &s->item[j]);
            s->gap[i * s->n + j] = bound ? s->item[j].bytes : FREE;
        }
    }
}

/* --- branch and bound below a capacity --- */

static void touch(Packer *s, int32_t i)
{
    if (!s->is_queued[i]) {
        s->is_queued[i] = true;
        s->queue[(s->queue_head + s->queue_count++) % s->n] = i;
    }
}

static void decide(Packer *s, int32_t i, int32_t j, Side side)
{
    s->side[i * s->n + j] = (uint8_t)side;
    s->side[j * s->n + i] = (uint8_t)(side == ABOVE ? BELOW : ABOVE);
    s->trail[s->trail_count++] = i * s->n + j;
}

/* TOP lies above BOTTOM: narrows both ranges; false if nothing is left. */
static bool push_apart(Packer *s, int32_t top, int32_t bottom)
{
    int64_t gap = s->gap[top * s->n + bottom];
    int64_t low = align_up(s->low[bottom] + gap, s->item[top].align);
    int64_t high = s->high[top] - gap;
    if (low > s->low[top]) {
        s->low[top] = low;
        touch(s, top);
    }
    if (high < s->high[bottom]) {
        s->high[bottom] = high < 0 ? -1 : high / s->item[bottom].align * s->item[bottom].align;
        touch(s, bottom);
    }
    return s->low[top] <= s->high[top] && s->low[bottom] <= s->high[bottom];
}

static bool check_pair(Packer *s, int32_t i, int32_t j)
{
    Side side = (Side)s->side[i * s->n + j];
    if (side == UNDECIDED) {
        bool above = s->low[j] + s->gap[i * s->n + j] <= s->high[i];
        bool below = s->low[i] + s->gap[j * s->n + i] <= s->high[j];
        if (above == below) {
            return above;
        }
        side = above ? ABOVE : BELOW;
        decide(s, i, j, side);
    }
    return side == ABOVE ? push_apart(s, i, j) : push_apart(s, j, i);
}

/* Narrows ranges until nothing changes; false if the decisions so far cannot be met. */
static bool propagate(Packer *s)
{
    bool possible = true;
    while (s->queue_count > 0) {
        int32_t i = s->queue[s->queue_head];
        s->queue_head = (s->queue_head + 1) % s->n;
        s->queue_count--;
        s->is_queued[i] = false;
        for (int32_t j = 0; j < s->n && possible; j++) {
            if (s->gap[i * s->n + j] != FREE) {
                s->checks_left--;
                possible = check_pair(s, i, j);
            }
        }
    }
    return possible;
}

/* The pair of largest items that is neither decided nor fine with every item at its lowest place;
 * false: none. */
static bool find_open_pair(const Packer *s, int32_t *a, int32_t *b)
{
    int64_t largest = -1;
    for (int32_t i = 0; i < s->n; i++) {
        for (int32_t j = i + 1; j < s->n; j++) {
            int64_t up = s->gap[i * s->n + j];
            if (up == FREE || s->side[i * s->n + j] != UNDECIDED) {
                continue;
            }
            int64_t distance = s->low[i] - s->low[j];
            if (distance >= up || -distance >= s->gap[j * s->n + i]) {
                continue;
            }
            int64_t weight = s->item[i].bytes + s->item[j].bytes;
            if (weight > largest) {
                largest = weight;
                *a = i;
                *b = j;
            }
        }
    }
    return largest >= 0;
}

typedef enum Verdict { FOUND, NONE, GAVE_UP } Verdict;

static void save(Packer *s, int32_t depth)
{
    size_t n = (size_t)s->n;
    if (s->kept[depth] == NULL) {
        s->kept[depth] = NEW(s->arena, int64_t, 2 * n);
    }
    memcpy(s->kept[depth], s->low, sizeof(int64_t) * n);
    memcpy(s->kept[depth] + n, s->high, sizeof(int64_t) * n);
}

static void restore(Packer *s, int32_t depth, int32_t mark)
{
    size_t n = (size_t)s->n;
    memcpy(s->low, s->kept[depth], sizeof(int64_t) * n);
    memcpy(s->high, s->kept[depth] + n, sizeof(int64_t) * n);
    while (s->trail_count > mark) {
        int32_t pair = s->trail[--s->trail_count];
        s->side[pair] = UNDECIDED;
        s->side[pair % s->n * s->n + pair / s->n] = UNDECIDED;
    }
}

static Verdict search(Packer *s, int32_t depth)
{
    if (!propagate(s)) {
        return NONE;
    }
    s->checks_left -= s->n * s->n / 4;
    if (s->checks_left <= 0) {
        return GAVE_UP;
    }
    int32_t i = 0;
    int32_t j = 0;
    if (!find_open_pair(s, &i, &j)) {
        keep_if_better(s, s->low);
        return FOUND;
    }
    save(s, depth);
    int32_t mark = s->trail_count;
    int64_t above = s->low[j] + s->gap[i * s->n + j] - s->low[i];
    int64_t below = s->low[i] + s->gap[j * s->n + i] - s->low[j];
    Side first = above <= below ? ABOVE : BELOW; /* the one that moves less */
    Verdict v = NONE;
    for (int32_t turn = 0; turn < 2 && v == NONE; turn++) {
        decide(s, i, j, turn == 0 ? first : first == ABOVE ? BELOW : ABOVE);
        touch(s, i);
        touch(s, j);
        v = search(s, depth + 1);
        if (v == NONE) {
            restore(s, depth, mark);
        }
    }
    return v;
}

/* Looks for a plan of at most CAPACITY bytes. */
static Verdict search_below(Packer *s, int64_t capacity)
{
    memset(s->side, UNDECIDED, (size_t)s->n * (size_t)s->n);
    memset(s->is_queued, 0, sizeof(bool) * (size_t)s->n);
    s->queue_head = 0;
    s->queue_count = 0;
    s->trail_count = 0;
    for (int32_t i = 0; i < s->n; i++) {
        int64_t room = capacity - s->item[i].bytes;
        if (room < 0) {
            return NONE;
        }
        s->low[i] = 0;
        s->high[i] = room / s->item[i].align * s->item[i].align;
        touch(s, i);
    }
    return search(s, 0);
}

/* Improves the best plan until it is proven optimal (true), meets BOUND or CHECKS run out. */
static bool improve(Packer *s, int64_t bound, int64_t checks)
{
    s->checks_left = checks;
    while (s->best_bytes > bound) {
        Verdict v = search_below(s, s->best_bytes - 1);
        if (v != FOUND) {
            return v == NONE;
        }
    }
    return true;
}

/* The greatest proven bound that halving between BOUND and the best plan finds, with CHECKS for each
 * question: whether a plan of so many bytes exists. */
static int64_t raise_bound(Packer *s, int64_t bound, int64_t checks)
{
    int64_t open = s->best_bytes; /* at and above: a plan exists or the question was too hard */
    while (bound < open) {
        int64_t middle = bound + (open - bound) / 2;
        s->checks_left = checks;
        Verdict v = search_below(s, middle);
        if (v == NONE) {
            bound = middle + 1;
        } else {
            open = v == FOUND ? s->best_bytes : middle;
        }
    }
    return bound;
}

/* --- heuristics --- */

/* Lowest place of item I that obeys its rules with the items already placed. */
static int64_t lowest_fit(const Packer *s, int32_t i, const int32_t *placed, int32_t placed_count,
                          const int64_t *offset)
{
    int64_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int32_t k = 0; k < placed_count; k++) {
            int32_t j = placed[k];
            int64_t up = s->gap[i * s->n + j];
            if (up == FREE || at - offset[j] >= up || offset[j] - at >= s->gap[j * s->n + i]) {
                continue;
            }
            at = align_up(offset[j] + up,
                          s->item[i].align); /* the only way is up: lower places failed before */
            moved = true;
        }
    }
    return at;
}

/* Places the items of ORDER one after the other; those before position FROM stay where they are. */
static int64_t fit_in_order(Packer *s, const int32_t *order, int32_t from, int64_t *offset)
{
    for (int32_t k = from; k < s->n; k++) {
        offset[order[k]] = lowest_fit(s, order[k], order, k, offset);
    }
    keep_if_better(s, offset);
    return end_of(s, offset);
}

/* Keys of the orders that are tried; ties by number keep them deterministic. */
static int64_t order_key(const PackItem *t, int32_t which)
{
    switch (which) {
    case 0: return -t->bytes;
    case 1: return t->first;
    case 2: return -(int64_t)t->last;
    case 3: return -t->bytes * (t->last - t->first + 1);
    default: return -(int64_t)(t->last - t->first);
    }
}

static void make_order(const Packer *s, int32_t which, int32_t *order)
{
    for (int32_t i = 0; i < s->n; i++) {
        int32_t k = i;
        int64_t key = order_key(&s->item[i], which);
        while (k > 0 && order_key(&s->item[order[k - 1]], which) > key) {
            order[k] = order[k - 1];
            k--;
        }
        order[k] = i;
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Moves an item that reaches the top, or any item, to another place in the order; keeps what is not
 * worse. */
static void climb(Packer *s, int32_t *order, int64_t bound, int32_t rounds)
{
    int64_t *offset = NEW(s->arena, int64_t, s->n);
    int64_t *moved = NEW(s->arena, int64_t, s->n);
    int32_t *tried = NEW(s->arena, int32_t, s->n);
    int64_t bytes = fit_in_order(s, order, 0, offset);
    uint32_t state = 12345;
    for (int32_t round = 0; round < rounds && s->best_bytes > bound; round++) {
        int32_t from = (int32_t)(next_random(&state) % (uint32_t)s->n);
        int32_t to = (int32_t)(next_random(&state) % (uint32_t)s->n);
        for (int32_t k = 0; k < s->n && round % 2 == 0; k++) {
            if (offset[order[k]] + s->item[order[k]].bytes == bytes) {
                from = k;
                to = from > 0 ? to % from : 0;
                break;
            }
        }
        memcpy(tried, order, sizeof *order * (size_t)s->n);
        int32_t item = tried[from];
        if (to < from) {
            memmove(&tried[to + 1], &tried[to], sizeof *tried * (size_t)(from - to));
        } else {
            memmove(&tried[from], &tried[from + 1], sizeof *tried * (size_t)(to - from));
        }
        tried[to] = item;
        memcpy(moved, offset, sizeof *offset * (size_t)s->n);
        int64_t now = fit_in_order(s, tried, to < from ? to : from, moved);
        if (now <= bytes) {
            bytes = now;
            memcpy(order, tried, sizeof *order * (size_t)s->n);
            memcpy(offset, moved, sizeof *offset * (size_t)s->n);
        }
    }
}

/* First-fit in each of the orders, then ROUNDS of climbing from the best one. */
static void use_heuristics(Packer *s, int64_t bound, int32_t rounds)
{
    int64_t *offset = NEW(s->arena, int64_t, s->n);
    int32_t *order = NEW(s->arena, int32_t, s->n);
    int32_t best_order = 0;
    int64_t best = INT64_MAX;
    for (int32_t which = 0; which < 5 && s->best_bytes > bound; which++) {
        make_order(s, which, order);
        int64_t bytes = fit_in_order(s, order, 0, offset);
        if (bytes < best) {
            best = bytes;
            best_order = which;
        }
    }
    if (rounds > 0 && s->best_bytes > bound && s->n <= CLIMB_ITEMS) {
        make_order(s, best_order, order);
        climb(s, order, bound, rounds / s->n + 1);
    }
}

/* --- the bound --- */

/* How many bytes items X and Y can have in common at most: 0 unless they may lie across each other. */
static int64_t common_bytes(const Packer *s, int32_t x, int32_t y)
{
    int64_t x_bytes = s->item[x].bytes;
    int64_t y_bytes = s->item[y].bytes;
    int64_t up = y_bytes - s->gap[x * s->n + y];   /* x above y */
    int64_t down = x_bytes - s->gap[y * s->n + x]; /* y above x */
    int64_t most = x_bytes < y_bytes ? x_bytes : y_bytes;
    int64_t common = up > down ? up : down;
    return common < 0 ? 0 : common > most ? most : common;
}

/* A flow from the first items of pairs to the second ones. */
typedef struct Flow {
    int32_t n;
    int64_t *from,
        *to;       /* what is left of each item's bytes, as the first and as the second of a pair */
    int64_t *room; /* [x * n + y]: what may still go from X to Y; [(n + y) * n + x]: what goes */
    bool *seen;    /* by item, as a first (0 .. n-1) and as a second one (n ..) */
} Flow;

/* Pushes up to AMOUNT from item X on: to an item that has bytes left, or by taking back what another
 * item sent there. Ford and Fulkerson's augmenting path. */
static int64_t flow_push(Flow *f, int32_t x, int64_t amount)
{
    f->seen[x] = true;
    for (int32_t y = 0; y < f->n; y++) {
        int64_t here = f->room[x * f->n + y];
        here = here < amount ? here : amount;
        if (here <= 0 || f->seen[f->n + y]) {
            continue;
        }
        f->seen[f->n + y] = true;
        int64_t sent = f->to[y] < here ? f->to[y] : here;
        f->to[y] -= sent;
        for (int32_t back = 0; back < f->n && sent == 0;
             back++) { /* Y's other senders turn elsewhere */
            int64_t taken = f->room[(f->n + y) * f->n + back];
            taken = taken < here ? taken : here;
            if (taken > 0 && !f->seen[back]) {
                sent = flow_push(f, back, taken);
                f->room[(f->n + y) * f->n + back] -= sent;
                f->room[back * f->n + y] += sent;
            }
        }
        if (sent > 0) {
            f->room[x * f->n + y] -= sent;
            f->room[(f->n + y) * f->n + x] += sent;
            return sent;
        }
    }
    return 0;
}

/* The items of LIST live at one step: those that die there are disjoint, and so are those that begin
 * there. So no byte belongs to more than two of them, and the bytes in common are at most a flow
 * from the dying to the beginning ones that no item and no pair has room for more than. */
static int64_t bound_by_flow(const Packer *s, const int32_t *list, int32_t count, int32_t step,
                             Arena *scratch)
{
    Flow f = {.n = count,
              .from = NEW(scratch, int64_t, count),
              .to = NEW(scratch, int64_t, count),
              .room = NEW(scratch, int64_t, 2 * count * count),
              .seen = NEW(scratch, bool, 2 * count)};
    int64_t bytes = 0;
    for (int32_t i = 0; i < count; i++) {
        const PackItem *x = &s->item[list[i]];
        bytes += x->bytes;
        f.from[i] = x->bytes;
        f.to[i] = x->bytes;
        for (int32_t j = 0; j < count; j++) {
            bool dies = x->last == step && s->item[list[j]].first == step && x->first < step;
            int64_t common = i == j ? 0 : common_bytes(s, list[i], list[j]);
            if (common > 0 && !dies &&
                !(x->first == step && s->item[list[j]].last == step &&
                  s->item[list[j]].first < step)) {
                return 0; /* no such pair: nothing is known */
            }
            f.room[i * count + j] = dies ? common : 0;
        }
    }
    int32_t patience = FLOW_PUSHES; /* a path may be worth a single byte */
    for (int32_t i = 0; i < count; i++) {
        int64_t sent = 1;
        while (f.from[i] > 0 && sent > 0) {
            if (patience-- == 0) {
                return 0;
            }
            memset(f.seen, 0, sizeof(bool) * 2 * (size_t)count);
            sent = flow_push(&f, i, f.from[i]);
            f.from[i] -= sent;
            bytes -= sent;
        }
    }
    return bytes;
}

/* Exact optimum of the items LIST alone, or a weaker proven bound if that takes too long. */
static int64_t bound_of_few(const Packer *s, const int32_t *list, int32_t count, int32_t step)
{
    Arena scratch = {0};
    PackItem *item = NEW(&scratch, PackItem, count);
    int64_t bound = bound_by_flow(s, list, count, step, &scratch);
    int64_t sum = 0; /* of items that are disjoint from all others */
    for (int32_t i = 0; i < count; i++) {
        item[i] = s->item[list[i]];
        bool is_plain = true;
        for (int32_t j = 0; j < count; j++) {
            is_plain = is_plain &&
                       (i == j || (s->gap[list[i] * s->n + list[j]] == s->item[list[j]].bytes &&
                                   s->gap[list[j] * s->n + list[i]] == item[i].bytes));
        }
        sum += is_plain ? item[i].bytes : 0;
        bound = item[i].bytes > bound ? item[i].bytes : bound;
    }
    bound = sum > bound ? sum : bound;
    if (count <= LOCAL_ITEMS) {
        Packer *few = packer_new(&scratch, item, count);
        for (int32_t i = 0; i < count; i++) {
            for (int32_t j = 0; j < count; j++) {
                few->gap[i * count + j] = s->gap[list[i] * s->n + list[j]];
            }
        }
        use_heuristics(few, bound, FEW_ROUNDS);
        bound = raise_bound(few, bound, LOCAL_CHECKS);
    }
    arena_free(&scratch);
    return bound;
}

/* The largest over all steps. Only steps at which an item has just begun can be larger than the one
 * before. */
static int64_t find_bound(const Packer *s)
{
    int32_t *list = NEW(s->arena, int32_t, s->n);
    int64_t bound = 0;
    for (int32_t k = 0; k < s->n; k++) {
        int32_t step = s->item[k].first;
        bool seen = false;
        int32_t count = 0;
        int64_t sum = 0;
        for (int32_t i = 0; i < s->n; i++) {
            seen = seen || (i < k && s->item[i].first == step);
            if (s->item[i].first <= step && step <= s->item[i].last) {
                list[count++] = i;
                sum += align_up(s->item[i].bytes, s->item[i].align) + s->item[i].align;
            }
        }
        if (!seen && sum > bound) { /* else it cannot raise the bound */
            int64_t here = bound_of_few(s, list, count, step);
            bound = here > bound ? here : bound;
        }
    }
    return bound;
}

/* --- interface --- */

static Packer *prepare(Arena *arena, const PackProblem *p)
{
    Packer *s = packer_new(arena, p->item, p->item_count);
    fill_gaps(s);
    for (int32_t k = 0; k < p->overlap_count; k++) {
        const PackOverlap *o = &p->overlap[k];
        int64_t *gap = &s->gap[o->x * s->n + o->y];
        if (*gap != FREE && o->distance < *gap) {
            *gap = o->distance;
        }
        int64_t *back = &s->gap[o->y * s->n + o->x];
        if (*back != FREE && o->back < *back) {
            *back = o->back;
        }
    }
    return s;
}

PackResult pack_solve(const PackProblem *p, int32_t effort, int64_t *offset)
{
    PackResult r = {.is_optimal = true};
    if (p->item_count == 0) {
        return r;
    }
    Arena arena = {0};
    Packer *s = prepare(&arena, p);
    r.lower_bound_bytes = find_bound(s);
    use_heuristics(s, r.lower_bound_bytes, effort > 0 ? FEW_ROUNDS : 0);
    r.is_optimal = s->best_bytes <= r.lower_bound_bytes;
    bool is_exact = effort > 0 && s->n <= EXACT_ITEMS;
    if (!r.is_optimal && is_exact) { /* small problems are done here */
        r.is_optimal = improve(s, r.lower_bound_bytes, EFFORT_CHECKS / 10);
    }
    if (!r.is_optimal && effort > 0) {
        use_heuristics(s, r.lower_bound_bytes, MANY_ROUNDS);
        r.is_optimal = s->best_bytes <= r.lower_bound_bytes;
    }
    if (!r.is_optimal && is_exact) {
        r.is_optimal = improve(s, r.lower_bound_bytes, effort * EFFORT_CHECKS);
    }
    r.bytes = s->best_bytes;
    if (r.is_optimal) {
        r.lower_bound_bytes = r.bytes;
    }
    memcpy(offset, s->best, sizeof *offset * (size_t)s->n);
    arena_free(&arena);
    return r;
}

int64_t pack_greedy_bytes(const PackProblem *p)
{
    if (p->item_count == 0) {
        return 0;
    }
    Arena arena = {0};
    Packer *s = packer_new(&arena, p->item, p->item_count);
    fill_gaps(s);
    int32_t *order = NEW(&arena, int32_t, s->n);
    make_order(s, 0, order);
    int64_t bytes = fit_in_order(s, order, 0, NEW(&arena, int64_t, s->n));
    arena_free(&arena);
    return bytes;
}

bool pack_is_valid(const PackProblem *p, const int64_t *offset)
{
    Arena arena = {0};
    Packer *s = prepare(&arena, p);
    bool valid = true;
    for (int32_t i = 0; i < s->n; i++) {
        valid = valid && offset[i] >= 0 && offset[i] % s->item[i].align == 0;
        for (int32_t j = 0; j < i; j++) {
            int64_t up = s->gap[i * s->n + j];
            int64_t down = s->gap[j * s->n + i];
            valid = valid &&
                    (up == FREE || offset[i] - offset[j] >= up || offset[j] - offset[i] >= down);
        }
    }
    arena_free(&arena);
    return valid;
}
