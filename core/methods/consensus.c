#include "methods/consensus.h"

#include <string.h>

/* Elements per round, so that the sums stay in the first-level cache. */
#define BLOCK 1024

#define REAL float
#include "methods/consensus-body.h"

#define REAL double
#include "methods/consensus-body.h"

void
am_consensus_combine (const AmConsensus *consensus, gboolean is_double, gpointer out, gconstpointer base,
                      gconstpointer const *delta, gsize n)
{
  if (is_double)
    combine_double (consensus, out, base, delta, n);
  else
    combine_float (consensus, out, base, delta, n);
}
