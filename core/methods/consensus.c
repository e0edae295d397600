#include "methods/consensus.h"

#include "kernels/kernels.h"

static AmCombineElection
election_of (AmElection election)
{
  switch (election)
    {
    case AM_ELECTION_MASS:
      return AM_COMBINE_BY_MASS;
    case AM_ELECTION_COUNT:
      return AM_COMBINE_BY_COUNT;
    case AM_ELECTION_NONE:
    default:
      return AM_COMBINE_ALL;
    }
}

void
am_consensus_combine (const AmConsensus *consensus, gboolean is_double, gpointer out, gconstpointer base,
                      gconstpointer const *delta, gsize n)
{
  AmCombination combination = {
    .n = consensus->n,
    .factor = consensus->factor,
    .vote = consensus->vote,
    .weight = consensus->weight,
    .election = election_of (consensus->election),
    .normalize = consensus->normalize,
    .lambda = consensus->lambda,
  };

  if (is_double)
    am_kernels_get ()->combine_double (out, base, (const double *const *)delta, &combination, n);
  else
    am_kernels_get ()->combine_float (out, base, (const float *const *)delta, &combination, n);
}
