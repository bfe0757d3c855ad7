"""Names: what a spec may call things, and what they are called in C."""

from __future__ import annotations

import re

ACTION = re.compile(r"[a-z][a-z0-9_]{2,47}")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
C_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
OUTPUT = re.compile(r"[a-z][a-z0-9_]{0,47}")

_KEYWORDS = """
alignas alignof auto bool break case char const constexpr continue default do double else enum extern false
float for goto if inline int long nullptr register restrict return short signed sizeof static static_assert
struct switch thread_local true typedef typeof union unsigned void volatile while asm linux unix i386 errno
assert stdin stdout stderr offsetof complex imaginary
"""

# Functions of the C library and the system that a function of an action would hide; and names of our own.
_TAKEN = """
abort abs accept access acos alarm asin atan atexit atof atoi bind brk bsearch calloc ceil chdir chmod chown
clearerr clock close connect cos creat ctime daemon dup environ execl execv exit exp fabs fclose fcntl feof
fflush fgetc fgets fileno floor fopen fork fprintf fputc fputs fread free fscanf fseek fstat ftell ftruncate
fwrite getc getchar getenv getopt getpid gettimeofday gmtime htonl index ioctl isalpha isatty kill labs link
listen localtime log logf longjmp lseek main malloc memchr memcmp memcpy memmove memset mkdir mktime mmap
mount munmap nanosleep nice open optarg optind pause perror pipe poll pow printf putc putchar putenv puts
qsort raise rand read readlink realloc recv remove rename rewind rindex rmdir round scanf select send setjmp
setlocale shutdown sigaction signal sin sleep snprintf socket sprintf sqrt srand sscanf stat strcat strchr
strcmp strcpy strlen strtod strtol sync syscall system tan time times tmpfile truncate umask umount uname
ungetc unlink usleep vfork vprintf wait waitpid write yield registry services
"""

KEYWORDS = frozenset(_KEYWORDS.split())
TAKEN = frozenset(_TAKEN.split())


def c_name_of(key: str) -> str | None:
    """The C name of a key, or None when it needs one said."""
    return key if C_NAME.fullmatch(key) and key not in KEYWORDS else None


def singular(name: str) -> str:
    """What one element of a list is called."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("sses", "shes", "ches", "xes")):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 2:
        return name[:-1]
    return name + "_item"


def constant(action: str, tag: str, value: str) -> str:
    """The constant of a value of an enum."""
    return f"{upper(action)}_{upper(tag)}_{upper(value)}"


def upper(text: str) -> str:
    """A text as part of a name of a constant."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
