/* Names of a method's parameters and of the choices they offer, for people, in their language. */
#pragma once

#include "amalgam.h"

G_BEGIN_DECLS

/* "Alpha", "Max iter": the parameter's name in recipes, made readable. Returns: (transfer full). */
char *am_parameter_dup_title (const AmParameter *parameter);

/* @choice: one of a parameter's choices. In English it is the word that recipes have. */
const char *am_parameter_translate_choice (const char *choice);

G_END_DECLS
