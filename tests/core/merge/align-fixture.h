/* Perceptrons to align: siblings, with their units in order and out of it. */
#pragma once

#include "merge-fixture.h"

/* A recipe of a.safetensors and another model of the folder; keys may follow. */
#define TWO(method, b) "merge_method: " method "\nmodels: [DIR/a.safetensors, DIR/" b ".safetensors]\n"

typedef struct
{
  const char *name;
  const char *shape;
} PerceptronTensor;

#define PERCEPTRON_TENSORS 6
extern const PerceptronTensor perceptron[PERCEPTRON_TENSORS];

/* A perceptron of its own for each @seed. */
void write_perceptron (const char *folder, const char *name, guint32 seed);

/* A temporary folder with a; b and c, its siblings; b-moved and c-moved, the same with their units in another
 * order; all with the ending .safetensors. */
char *new_folder_of_models (void);

/* Whether all weights of two files are the same to the last bit. */
void assert_same_values (const char *one, const char *other);
