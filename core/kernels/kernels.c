#include "kernels/kernels.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

extern const AmKernels am_kernels_scalar;

#ifdef __x86_64__
extern const AmKernels am_kernels_avx2;
extern const AmKernels am_kernels_avx512;

static bool
has_f16c (void)
{
  unsigned eax, ebx, ecx, edx;

  return __get_cpuid (1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C) != 0;
}

static bool
has_avx2 (void)
{
  return __builtin_cpu_supports ("avx2") && has_f16c ();
}

static bool
has_avx512 (void)
{
  return has_avx2 () && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
         && __builtin_cpu_supports ("avx512vl") && __builtin_cpu_supports ("avx512dq");
}
#endif

const AmKernels *
am_kernels_find (const char *name)
{
  if (strcmp (name, "scalar") == 0)
    return &am_kernels_scalar;
#ifdef __x86_64__
  if (strcmp (name, "avx2") == 0 && has_avx2 ())
    return &am_kernels_avx2;
  if (strcmp (name, "avx512") == 0 && has_avx512 ())
    return &am_kernels_avx512;
#endif
  return NULL;
}

static const AmKernels *
choose (void)
{
  static const char *const best_first[] = { "avx512", "avx2", "scalar" };
  const char *wanted = getenv ("AM_CPU");
  const AmKernels *kernels = wanted != NULL ? am_kernels_find (wanted) : NULL;

  for (size_t i = 0; kernels == NULL; i++)
    kernels = am_kernels_find (best_first[i]);
  return kernels;
}

const AmKernels *
am_kernels_get (void)
{
  static _Atomic (const AmKernels *) chosen;
  const AmKernels *kernels = atomic_load_explicit (&chosen, memory_order_acquire);

  if (kernels == NULL)
    {
      kernels = choose ();
      atomic_store_explicit (&chosen, kernels, memory_order_release);
    }
  return kernels;
}
