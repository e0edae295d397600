/* Hostile pickles are read in a process that may do no more than read an open file and manage memory:
 * whatever they would have a Python interpreter open, start or write would end it. */
#include "checkpoint/checkpoint-private.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture-checkpoint.h"
#include "torch-builder.h"

#define ALLOW(call)                                                                                          \
  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static gboolean
lock_down (void)
{
  static struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    ALLOW (SYS_pread64),
    ALLOW (SYS_mmap),
    ALLOW (SYS_munmap),
    ALLOW (SYS_mremap),
    ALLOW (SYS_mprotect),
    ALLOW (SYS_madvise),
    ALLOW (SYS_brk),
    ALLOW (SYS_futex),
    ALLOW (SYS_getrandom),
    ALLOW (SYS_sched_yield),
    ALLOW (SYS_sigaltstack),
    ALLOW (SYS_rt_sigprocmask),
    ALLOW (SYS_exit_group),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (filter), filter };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Pickles that would do harm if they were run. In a dictionary, so that the reader gets past them. */
static const struct
{
  const char *bytes;
  gsize length;
} hostile[] = {
  { BYTES ("\x80\x02"
           "cos\nsystem\nU\x0btouch pwned\x85R.") },
  { BYTES ("\x80\x02"
           "cposix\nsystem\nU\x0btouch pwned\x85R.") },
  { BYTES ("\x80\x02"
           "cnt\nsystem\nU\x04"
           "calc\x85R.") },
  { BYTES ("\x80\x02"
           "c__builtin__\neval\nU\x13__import__('os')...\x85R.") },
  { BYTES ("\x80\x02"
           "cbuiltins\nexec\nU\x09import os\x85R.") },
  { BYTES ("\x80\x02"
           "cbuiltins\ngetattr\n"
           "cos\nos\nU\x06system\x86RU\x02id\x85R.") },
  { BYTES ("\x80\x02"
           "coperator\nattrgetter\nU\x06system\x85R"
           "cos\nos\n\x85RU\x02id\x85R.") },
  { BYTES ("\x80\x02"
           "csubprocess\nPopen\n(](U\x05touchU\x05pwnedet\x81}b.") },
  { BYTES ("\x80\x02"
           "csocket\nsocket\n)R.") },
  { BYTES ("\x80\x02"
           "c__builtin__\nopen\nU\x0b/etc/passwdU\x01w\x86R.") },
  { BYTES ("\x80\x02"
           "cwebbrowser\nopen\nU\x0bhttp://x.yy\x85R.") },
  { BYTES ("\x80\x02"
           "cruncpy\n_run_code\n)R.") },
  { BYTES ("\x80\x02"
           "cpickle\nloads\nU\x09\x80\x02"
           "cos\nx\n.\x85R.") },
  { BYTES ("\x80\x02"
           "ctorch.jit.annotations\nparse_type_line\nU\x03"
           "a.b\x85R.") },
  { BYTES ("\x80\x02"
           "ctorch\nload\nU\x0b/etc/passwd\x85R.") },
  { BYTES ("\x80\x02"
           "ctorch.serialization\n_get_layout\nU\x0btorch.strid\x85R.") },
  { BYTES ("\x80\x02"
           "cnumpy.core.multiarray\n_reconstruct\n"
           "cnumpy\nndarray\nK\0\x85U\x01"
           "b\x87R.") },
  { BYTES ("\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x0btouch pwned\x94\x85\x94R\x94.") },
  { BYTES ("\x80\x04"
           "cos\nsystem\n)}\x8c\x04"
           "args\x8c\x02ids\x92.") },
  { BYTES ("\x80\x02(ios\nsystem\n.") },
  { BYTES ("\x80\x02(cos\nsystem\nU\x02ido.") },
  { BYTES ("\x80\x02\x82\x01.") },
  { BYTES ("\x80\x02Pos.system\n.") },
  { BYTES ("\x80\x02U\x09os.systemQ.") },
  { BYTES ("\x80\x02"
           "cos\nsystem\nU\x02id\x85R\xff") },
  { BYTES ("\x80\x02"
           "cos\nsystem\nU\x02id\x85R\x30N.\x80\x02"
           "cos\nsystem\nU\x02id\x85R.") },
  { BYTES ("\x80\x02}U\x0a"
           "state_dict"
           "cos\nsystem\nU\x02id\x85Rs.") },
  { BYTES ("\x80\x02"
           "ccollections\nOrderedDict\n)R}U\x0c__setstate__"
           "cos\nsystem\nsb.") },
  { BYTES ("\x80\x02}U\x01x"
           "ctorch._utils\n_rebuild_from_type_v2\n(cos\nsystem\nNU\x02id\x85}tRs.") },
  { BYTES ("\x80\x02}U\x01x"
           "ctorch._utils\n_rebuild_device_tensor_from_numpy\n(cos\nsystem\nNNtRs.") },
};

static GByteArray *
build_zip (const char *bytes, gsize length)
{
  g_autoptr (GByteArray) pickle = g_byte_array_new ();

  put (pickle, bytes, length);
  return torch_build (pickle, NULL, 0);
}

static GByteArray *
build_legacy (const char *bytes, gsize length)
{
  g_autoptr (GByteArray) pickle = g_byte_array_new ();
  g_autoptr (GByteArray) data = floats (1);
  const GByteArray *const storages[] = { data };

  put (pickle, bytes, length);
  return legacy_build (pickle, "0", storages, 4);
}

/* The pickle where the magic number should be. */
static GByteArray *
build_bare (const char *bytes, gsize length)
{
  GByteArray *file = g_byte_array_new ();

  put (file, bytes, length);
  return file;
}

typedef gboolean (*ReadFunc) (AmCheckpoint *checkpoint, guint file, GError **error);

/* Exit status of a locked down child that reads the file: 1 refused, 0 accepted. */
static int
read_in_child (const GByteArray *bytes, ReadFunc read)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "model.ckpt", NULL);
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_new (path);
  int status;
  pid_t child;

  g_assert_true (g_file_set_contents_full (path, (const char *)bytes->data, bytes->len,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_cmpint (am_checkpoint_add_file (checkpoint, path, NULL), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      g_autoptr (GError) error = NULL;
      if (!lock_down ())
        _exit (77);
      _exit (read (checkpoint, 0, &error) ? 0 : error != NULL ? 1 : 2);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  fixture_remove_folder (folder);
  return status;
}

static gboolean
open_something (AmCheckpoint *checkpoint, guint file, GError **error)
{
  return open ("/dev/null", O_RDONLY) >= 0;
}

/* Without this the rest would prove nothing. */
static gboolean
is_locked (void)
{
  g_autoptr (GByteArray) bytes = build_bare (BYTES ("x"));
  int status = read_in_child (bytes, open_something);

  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    {
      g_test_skip ("this kernel has no seccomp filters");
      return FALSE;
    }
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
  return TRUE;
}

static void
test_hostile (void)
{
  static const struct
  {
    GByteArray *(*build) (const char *bytes, gsize length);
    ReadFunc read;
  } ways[] = {
    { build_zip, am_torch_zip_read },
    { build_legacy, am_torch_legacy_read },
    { build_bare, am_torch_legacy_read },
  };

  if (!is_locked ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    for (guint way = 0; way < G_N_ELEMENTS (ways); way++)
      {
        g_autoptr (GByteArray) bytes = ways[way].build (hostile[i].bytes, hostile[i].length);
        int status = read_in_child (bytes, ways[way].read);
        g_test_message ("case %u, way %u: %d", i, way, status);
        g_assert_true (WIFEXITED (status));
        g_assert_cmpint (WEXITSTATUS (status), ==, 1);
      }
}

/* A good model with a program beside it is read, and the program is not. */
static void
test_beside_a_model (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = floats (2);
  const GByteArray *const storages[] = { data };
  int status;

  if (!is_locked ())
    return;
  pickle_text (pickle, "callbacks");
  put (pickle, BYTES ("cos\nsystem\nU\x0btouch pwned\x85R"));
  pickle_tensor (pickle, "x", "FloatStorage", "0", 2, 0, "2", "1");
  pickle_end_dict (pickle);
  g_autoptr (GByteArray) bytes = torch_build (pickle, storages, 1);
  status = read_in_child (bytes, am_torch_zip_read);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch-sandbox/hostile", test_hostile);
  g_test_add_func ("/torch-sandbox/beside-a-model", test_beside_a_model);
  return g_test_run ();
}
