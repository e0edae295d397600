/* What a checkpoint was merged from, as far as its header tells. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * AmAncestor:
 * @name: file as the header calls it, or the start of its hash; never empty
 * @sha256: 64 lower-case hexadecimal digits, or %NULL
 * @legacy_hash: the short hash of old web UIs, or %NULL
 * @method: what it was merged with, or %NULL; a title of the registry where the method is one of ours
 * @detail: settings in their own words, as in "alpha=0.3, blocks=GRAD_V"; or %NULL
 * @role: what it gave to its child: "base", the id of a component ("vae"), or %NULL for any other model
 * @is_cut: whether the header may tell of more parents than are listed
 * @parents: (element-type AmAncestor): in order; empty where nothing is known
 *
 * Texts are UTF-8 without control characters, at most 200 characters long.
 */
typedef struct _AmAncestor AmAncestor;
struct _AmAncestor
{
  char *name;
  char *sha256;
  char *legacy_hash;
  char *method;
  char *detail;
  char *role;
  gboolean is_cut;
  GPtrArray *parents;
};

/* Levels below the checkpoint, and nodes in all; the nearest are kept. */
#define AM_ANCESTRY_MAX_DEPTH 32
#define AM_ANCESTRY_MAX_NODES 1000

/**
 * am_ancestry_new:
 * @metadata: (nullable): of a checkpoint's header
 * @name: what to call the checkpoint itself
 *
 * Reads the recipe Amalgam embeds, else what web UIs note ("sd_merge_recipe"), else "modelspec.merged_from";
 * parents' own parents come from "sd_merge_models". What cannot be understood is passed over: a header that
 * says nothing gives a tree of one. Opens no file. Thread-safe.
 *
 * Returns: (transfer full): free with am_ancestor_free().
 */
AmAncestor *am_ancestry_new (GHashTable *metadata, const char *name);

/* Frees @ancestor and all above it. */
void am_ancestor_free (AmAncestor *ancestor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmAncestor, am_ancestor_free)

G_END_DECLS
