/* Texts for people that a front end may translate. Core itself never does: what it hands out is English, and
 * every text marked with N_() is in the catalogue of translations. */
#pragma once

/* As in glib/gi18n.h, so that both may be included. */
#ifndef N_
#define N_(String) (String)
#endif
