/* Philox4x32-10, a counter-based generator: random access, so that a mask does not depend on the order
 * in which elements are visited.
 *
 * Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The four words of @counter under @key. */
void am_philox_block (uint32_t words[4], const uint32_t counter[4], const uint32_t key[2]);

/* Key of (seed, model, tensor name): 64 bits mixed from all three. @model is the model's number in the
 * recipe (base excluded), so the same file used twice gets two masks. */
void am_philox_key (uint32_t key[2], uint64_t seed, uint32_t model, const char *name);

/* Word of element @index: word index % 4 of the block with counter (index / 4 low, index / 4 high,
 * @stream, 0). @n words from @index on are written. */
void am_philox_words (uint32_t *words, const uint32_t key[2], uint32_t stream, uint64_t index, size_t n);
