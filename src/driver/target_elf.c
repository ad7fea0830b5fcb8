/* Section sizes and symbols of a 32-bit little-endian ELF image (System V ABI, "Object Files").
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/target.h"

enum {
    SECTION_COUNT_LIMIT = 4096,
    SECTION_HEADER_BYTES = 40,
    SYMBOL_BYTES = 16,
    TYPE_SYMBOLS = 2
};

typedef struct Section {
    const char *name;
    uint32_t type, offset, bytes, link;
} Section;

/* The image's section table, checked to lie inside the file. */
typedef struct Elf {
    Span image;
    uint32_t table, count, names, names_bytes;
} Elf;

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static bool inside(Span image, uint64_t offset, uint64_t bytes)
{
    return offset <= image.bytes && bytes <= image.bytes - offset;
}

/* A name ends inside its string table, or it is "". */
static const char *string_at(const Elf *e, uint32_t table, uint32_t bytes, uint32_t offset)
{
    const uint8_t *text = e->image.data + table + offset;

    if (offset >= bytes || memchr(text, 0, bytes - offset) == NULL) {
        return "";
    }
    return (const char *)text;
}

static Section section(const Elf *e, uint32_t index)
{
    const uint8_t *p = e->image.data + e->table + (size_t)index * SECTION_HEADER_BYTES;

    return (Section){
        .name = string_at(e, e->names, e->names_bytes, u32(p)),
        .type = u32(p + 4),
        .offset = u32(p + 16),
        .bytes = u32(p + 20),
        .link = u32(p + 24),
    };
}

static bool open_elf(Span image, Elf *e)
{
    static const uint8_t magic[6] = {0x7F, 'E', 'L', 'F', 1, 1}; /* 32-bit, little-endian */

    *e = (Elf){.image = image};
    if (image.bytes < 52 || memcmp(image.data, magic, sizeof magic) != 0) {
        return false;
    }
    e->table = u32(image.data + 32);
    e->count = u16(image.data + 48);
    const uint32_t names = u16(image.data + 50);
    if (u16(image.data + 46) != SECTION_HEADER_BYTES || e->count > SECTION_COUNT_LIMIT ||
        names >= e->count || !inside(image, e->table, (uint64_t)e->count * SECTION_HEADER_BYTES)) {
        return false;
    }
    const Section table = section(e, names); /* its own name is "" until the names are known */
    if (!inside(image, table.offset, table.bytes)) {
        return false;
    }
    e->names = table.offset;
    e->names_bytes = table.bytes;
    return true;
}

void elf_machine(Span image, uint32_t *machine, uint32_t *flags)
{
    Elf e;
    bool is_elf = open_elf(image, &e);

    *machine = is_elf ? u16(image.data + 18) : 0;
    *flags = is_elf ? u32(image.data + 36) : 0;
}

bool elf_symbol(Span image, const char *name, uint32_t *value)
{
    Elf e;

    if (!open_elf(image, &e)) {
        return false;
    }
    for (uint32_t i = 0; i < e.count; i++) {
        const Section symbols = section(&e, i);
        if (symbols.type != TYPE_SYMBOLS || symbols.link >= e.count ||
            !inside(image, symbols.offset, symbols.bytes)) {
            continue;
        }
        const Section names = section(&e, symbols.link);
        if (!inside(image, names.offset, names.bytes)) {
            continue;
        }
        for (uint32_t at = 0; at + SYMBOL_BYTES <= symbols.bytes; at += SYMBOL_BYTES) {
            const uint8_t *p = image.data + symbols.offset + at;
            if (strcmp(string_at(&e, names.offset, names.bytes, u32(p)), name) == 0) {
                *value = u32(p + 4);
                return true;
            }
        }
    }
    return false;
}

Status elf_sizes(Span image, ElfSizes *sizes, Diag *d)
{
    Elf e;
    uint32_t excluded = 0;

    *sizes = (ElfSizes){0};
    if (!open_elf(image, &e)) {
        return fail(d, ERR_TOOL, "the image is no 32-bit little-endian ELF file");
    }
    for (uint32_t i = 0; i < e.count; i++) {
        const Section s = section(&e, i);
        if (strcmp(s.name, ".text") == 0) {
            sizes->text += s.bytes;
        } else if (strcmp(s.name, ".rodata") == 0 || strncmp(s.name, ".ARM.ex", 7) == 0) {
            sizes->rodata += s.bytes;
        } else if (strcmp(s.name, ".data") == 0) {
            sizes->data += s.bytes;
        } else if (strcmp(s.name, ".bss") == 0) {
            sizes->bss += s.bytes;
        }
    }
    /* Where the harness has to lie in .text, the linker script says how much of it that is. */
    if (elf_symbol(image, "__excluded_text", &excluded)) {
        sizes->text -= excluded;
    }
    return OK;
}
