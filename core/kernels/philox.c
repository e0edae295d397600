#include "kernels/philox.h"

#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u
#define WEYL_1 0xBB67AE85u
#define N_ROUNDS 10

void
am_philox_block (uint32_t words[4], const uint32_t counter[4], const uint32_t key[2])
{
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];

  for (int round = 0; round < N_ROUNDS; round++)
    {
      uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
      uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;

      c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
      c1 = (uint32_t)p1;
      c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
      c3 = (uint32_t)p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): every input bit reaches every output bit. */
static uint64_t
mix (uint64_t x)
{
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

void
am_philox_key (uint32_t key[2], uint64_t seed, uint32_t model, const char *name)
{
  uint64_t state = mix (seed + 0x9E3779B97F4A7C15u);

  state = mix (state ^ (model + 0x9E3779B97F4A7C15u));
  for (; *name != '\0'; name++)
    state = mix (state ^ (uint8_t)*name) + 0x9E3779B97F4A7C15u;
  key[0] = (uint32_t)state;
  key[1] = (uint32_t)(state >> 32);
}

void
am_philox_words (uint32_t *words, const uint32_t key[2], uint32_t stream, uint64_t index, size_t n)
{
  while (n > 0)
    {
      const uint32_t counter[4] = { (uint32_t)(index / 4), (uint32_t)(index / 4 >> 32), stream, 0 };
      uint32_t block[4];

      am_philox_block (block, counter, key);
      for (size_t word = index % 4; word < 4 && n > 0; word++, index++, n--)
        *words++ = block[word];
    }
}
