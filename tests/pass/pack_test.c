/* The packing solver against brute force on small random problems, and its own rules on larger ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pack.h"

#include <time.h>

enum { MAX_ITEMS = 160, MAX_PAIRS = MAX_ITEMS * 2 };

typedef struct Packing {
    PackItem item[MAX_ITEMS];
    PackOverlap overlap[MAX_PAIRS];
    PackProblem p;
} Packing;

static uint32_t seed;

static int32_t draw(int32_t low, int32_t high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (int32_t)((seed >> 9) % (uint32_t)(high - low + 1));
}

static void make(Packing *r, int32_t n, int32_t steps, int32_t largest)
{
    static const int64_t aligns[] = {1, 1, 1, 2, 4};
    r->p = (PackProblem){r->item, n, r->overlap, 0};
    for (int32_t i = 0; i < n; i++) {
        int32_t first = draw(0, steps - 1);
        int32_t last = first + draw(0, steps / 3 + 1);
        r->item[i] = (PackItem){draw(1, largest), aligns[draw(0, 4)], first, last < steps ? last : steps - 1};
    }
    for (int32_t i = 0; i < n; i++) {
        for (int32_t j = 0; j < n; j++) { /* i dies where j is born */
            if (i != j && r->item[i].last == r->item[j].first && r->item[i].first < r->item[j].first && draw(0, 1) == 1 &&
                r->p.overlap_count < MAX_PAIRS) {
                int32_t high = (int32_t)r->item[j].bytes;
                int32_t most = (int32_t)r->item[i].bytes; /* half of the pairs cannot lie the other way round */
                int64_t back = draw(0, 1) == 1 ? most : draw(0, most);
                r->overlap[r->p.overlap_count++] = (PackOverlap){i, j, draw(-largest / 2, high), back};
            }
        }
    }
}

/* Least bytes over all directions of all pairs: for each choice, the longest path by relaxation. */
static int64_t brute_force(const PackProblem *p)
{
    int32_t pair[32][2];
    int64_t gap[32][2];
    int32_t pairs = 0;
    for (int32_t i = 0; i < p->item_count; i++) {
        for (int32_t j = i + 1; j < p->item_count; j++) {
            const PackItem *a = &p->item[i];
            const PackItem *b = &p->item[j];
            if (a->first > b->last || b->first > a->last) {
                continue;
            }
            int64_t up = b->bytes;
            int64_t down = a->bytes;
            for (int32_t k = 0; k < p->overlap_count; k++) {
                const PackOverlap *o = &p->overlap[k];
                up = o->x == i && o->y == j ? o->distance : o->x == j && o->y == i ? o->back : up;
                down = o->x == j && o->y == i ? o->distance : o->x == i && o->y == j ? o->back : down;
            }
            pair[pairs][0] = i;
            pair[pairs][1] = j;
            gap[pairs][0] = up;
            gap[pairs++][1] = down;
        }
    }
    int64_t best = INT64_MAX;
    for (uint32_t choice = 0; choice < 1u << pairs; choice++) {
        int64_t at[8] = {0};
        bool moved = true;
        int32_t rounds = 0;
        for (; moved && rounds <= p->item_count + 1; rounds++) {
            moved = false;
            for (int32_t k = 0; k < pairs; k++) {
                bool up = (choice >> k & 1u) == 0;
                int32_t top = pair[k][up ? 0 : 1];
                int32_t bottom = pair[k][up ? 1 : 0];
                int64_t least = at[bottom] + gap[k][up ? 0 : 1];
                while (at[top] < least) {
                    at[top] += p->item[top].align;
                    moved = true;
                }
            }
        }
        int64_t end = 0;
        for (int32_t i = 0; i < p->item_count && !moved; i++) {
            end = at[i] + p->item[i].bytes > end ? at[i] + p->item[i].bytes : end;
        }
        best = !moved && end < best ? end : best;
    }
    return best;
}

static int32_t passed, failed;

static void check(bool good, const char *what, uint32_t id, int64_t wanted, int64_t seen)
{
    passed += good;
    failed += !good;
    if (!good) {
        printf("FAILED pack:%s:%u wanted %jd, seen %jd\n", what, id, (intmax_t)wanted, (intmax_t)seen);
    }
}

static void against_brute_force(uint32_t id)
{
    Packing r;
    seed = id;
    make(&r, draw(1, 6), draw(1, 5), draw(1, 40));
    int64_t offset[MAX_ITEMS];
    PackResult got = pack_solve(&r.p, 1, offset);
    int64_t wanted = brute_force(&r.p);
    check(got.bytes == wanted && got.is_optimal && got.lower_bound_bytes == wanted, "least", id, wanted, got.bytes);
    check(pack_is_valid(&r.p, offset), "valid", id, 1, 0);
    PackResult quick = pack_solve(&r.p, 0, offset);
    check(quick.lower_bound_bytes <= wanted && quick.bytes >= wanted, "bound", id, wanted, quick.lower_bound_bytes);
    check(pack_is_valid(&r.p, offset), "valid_quick", id, 1, 0);
}

static void larger(uint32_t id, int32_t *proven)
{
    Packing r;
    seed = id;
    make(&r, 20 + (int32_t)id % 41, 30, 4096);
    int64_t offset[MAX_ITEMS];
    int64_t again[MAX_ITEMS];
    PackResult got = pack_solve(&r.p, 1, offset);
    check(pack_is_valid(&r.p, offset), "valid_larger", id, 1, 0);
    check(got.lower_bound_bytes <= got.bytes && got.bytes <= pack_greedy_bytes(&r.p), "order", id, got.lower_bound_bytes,
          got.bytes);
    PackResult twice = pack_solve(&r.p, 1, again);
    check(memcmp(offset, again, sizeof *offset * (size_t)r.p.item_count) == 0, "same", id, got.bytes, twice.bytes);
    *proven += got.is_optimal;
}

int main(void)
{
    for (uint32_t id = 0; id < 400; id++) {
        against_brute_force(id);
    }
    int32_t proven = 0;
    clock_t start = clock();
    for (uint32_t id = 0; id < 40; id++) {
        larger(id, &proven);
    }
    printf("of 40 problems with 20 to 60 items %d were solved to proven optimality, %.3f s each\n", proven,
           (double)(clock() - start) / CLOCKS_PER_SEC / 80.0);
    check(proven >= 25, "proven", 0, 25, proven);
    PackProblem none = {0};
    PackResult r = pack_solve(&none, 1, NULL);
    check(r.bytes == 0 && r.is_optimal && pack_greedy_bytes(&none) == 0, "empty", 0, 0, r.bytes);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
