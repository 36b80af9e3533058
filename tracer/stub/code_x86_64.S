/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code of the stub region, which runs inside the traced program: see
   code.hh for what it is and layout.hh for where it stands. It may
   use rcx and r11 only, which every system call destroys anyway, and touches
   no stack: below the stack pointer may be a red zone, or foreign memory.

   Every label that C++ needs begins with vfsrun_stub_. */

#define HEAD 320                        /* struct StubHead */
#define ROOMS (HEAD - 4096)
#define ROOM_SIZE 256
#define ROOMS_END 0x800                 /* page offset behind the last room */
#define KIND 4                          /* offsets in a stub */
#define UNTRUSTED 0x6e
#define TRUSTED 0x7e
#define GIVE_UP 0xb0
#define EPILOGUE 0xc0
#define VERIFY 0xd0
#define BACK 0xe0
#define NEXT 0xe8
#define KIND_PATH 0                     /* how a result is verified */
#define KIND_DIRFD_PATH 1
#define KIND_DIRECTORY 2
#define AT_FDCWD -100

        .section .rodata.vfsrun_stub, "a"

/* --- the region's head and common code ------------------------------------ */
        .balign 4096
        .skip   4096 - HEAD
/* Stands at the end of the region's first page; the code begins the second. */
        .globl  vfsrun_stub_image
vfsrun_stub_image:
directories:    .skip 16 * 16           /* st_dev, st_ino */
magic:          .quad 0
saved:          .quad 0
next_stub:      .long 0
directory_count: .long 0
in_use:         .byte 0
listed:         .byte 0
quiet:          .byte 0
        .org    vfsrun_stub_image + HEAD

        .globl  vfsrun_stub_code
vfsrun_stub_code:

/* A path in rcx; r11 is where to go when it cannot be a virtual one, and 16
   bytes before that is where to go when it could. */
        .globl  vfsrun_stub_scan
vfsrun_stub_scan:
        test    %rcx, %rcx              /* legal for utimensat(2) */
        jz      fast
        cmpb    $'/', (%rcx)
        je      absolute
relative:
        cmpb    $'.', (%rcx)
        jne     1f
        cmpb    $'/', 1(%rcx)
        jne     1f
        add     $2, %rcx                /* "./name" is "name" */
        cmpb    $'/', (%rcx)
        je      slow
        jmp     relative
1:      jmp     vfsrun_stub_checks + 5  /* → relative_scan */
absolute:
        inc     %rcx
        jmp     vfsrun_stub_checks      /* → component */

/* No root's name stands at the beginning. What follows matters only if it
   makes the beginning mean something else. */
        .globl  vfsrun_stub_relative_scan
vfsrun_stub_relative_scan:
        cmpb    $'.', (%rcx)
        jne     1f
        cmpb    $'.', 1(%rcx)
        je      in_use_or_odd
1:      cmpb    $0, (%rcx)
        je      fast
        cmpb    $'/', (%rcx)
        lea     1(%rcx), %rcx
        jne     1b
        cmpb    $0, in_use(%rip)
        jne     slow
        .globl  vfsrun_stub_component
vfsrun_stub_component:
        cmpb    $'/', (%rcx)
        je      odd
        cmpb    $'.', (%rcx)
        je      3f
2:      cmpb    $0, (%rcx)
        je      fast
        cmpb    $'/', (%rcx)
        lea     1(%rcx), %rcx
        jne     2b
        jmp     vfsrun_stub_component
3:      cmpb    $0, 1(%rcx)
        je      fast
        cmpb    $'/', 1(%rcx)
        je      odd
        cmpb    $'.', 1(%rcx)
        je      odd
        jmp     2b
in_use_or_odd:
        cmpb    $0, in_use(%rip)
        jne     slow
/* "..", "." or an empty component: from here on any component may turn out
   to stand at a root's place. */
odd:    jmp     vfsrun_stub_checks + 10 /* → odd_name */
        .globl  vfsrun_stub_odd_name
vfsrun_stub_odd_name:
        cmpb    $0, (%rcx)
        je      fast
        cmpb    $'/', (%rcx)
        lea     1(%rcx), %rcx
        jne     vfsrun_stub_odd_name
        jmp     odd

/* A call that matters once the tree is in use, whatever its arguments. */
        .globl  vfsrun_stub_unless_in_use
vfsrun_stub_unless_in_use:
        cmpb    $0, in_use(%rip)
        jne     slow
        jmp     fast

/* getdents64. A reader that has been given virtual names stands at a position
   that no file system knows: once there has been one anywhere, the directory
   is looked at before the call. In: r11 the trusted call. */
        .globl  vfsrun_stub_list
vfsrun_stub_list:
        cmpb    $0, listed(%rip)
        je      fast
        sub     $TRUSTED, %r11
        jmp     vfsrun_stub_verify
        .globl  vfsrun_stub_fast, vfsrun_stub_count, vfsrun_stub_slow
vfsrun_stub_fast:
fast:
vfsrun_stub_count:                      /* seven bytes; no-operation unless */
        incq    saved(%rip)             /* somebody asked for statistics */
        jmp     *%r11
vfsrun_stub_slow:
slow:   sub     $16, %r11
        jmp     *%r11

/* A result that may have to be looked at by the tracer, or a call whose result
   may; whether it has to is found out here, by a call of our own. In: the
   call's registers and result or number, r11 the stub. */
        .globl  vfsrun_stub_verify, vfsrun_stub_verify_saved
        .globl  vfsrun_stub_verify_restored
vfsrun_stub_verify:
        cmpb    $0, quiet(%rip)
        jne     give_up
        lea     vfsrun_stub_image + ROOMS(%rip), %rcx
1:      lock btsl $0, (%rcx)
        jnc     2f
        add     $ROOM_SIZE, %ecx
        test    $ROOMS_END, %ecx
        jz      1b
        jmp     give_up
2:      mov     %rbx, 8(%rcx)
        mov     %rdi, 16(%rcx)
        mov     %rsi, 24(%rcx)
        mov     %rdx, 32(%rcx)
        mov     %r10, 40(%rcx)
        mov     %rax, 48(%rcx)
        mov     %r11, 56(%rcx)
        mov     %rcx, %rbx
vfsrun_stub_verify_saved:
        cmpb    $KIND_DIRECTORY, KIND(%r11)
        je      3f
        /* openat2(dirfd, path, {O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS}):
           the same error says that no link was met on the way. */
        cmpb    $KIND_DIRFD_PATH, KIND(%r11)
        je      4f
        mov     %rdi, %rsi
        mov     $AT_FDCWD, %rdi
4:      lea     64(%rbx), %rdx
        movq    $0x280000, (%rdx)
        movq    $0, 8(%rdx)
        movq    $4, 16(%rdx)
        mov     $24, %r10d
        mov     $437, %eax
        jmp     vfsrun_stub_verify_syscall
        /* fstat(fd): is it one of the directories that list virtual names? */
3:      lea     64(%rbx), %rsi
        mov     $5, %eax
        jmp     vfsrun_stub_verify_syscall
        .balign 256
        .skip   TRUSTED
        .globl  vfsrun_stub_verify_syscall
vfsrun_stub_verify_syscall:
        syscall
        mov     56(%rbx), %r11
        cmpb    $KIND_DIRECTORY, KIND(%r11)
        je      3f
        test    %eax, %eax
        jns     6f
        cmp     %rax, 48(%rbx)
        jmp     5f
6:      mov     %eax, %edi              /* it is there now */
        mov     $3, %eax                /* close */
        syscall
        cmp     $1, %eax                /* not equal */
        jmp     5f
3:      test    %eax, %eax
        jnz     5f
        mov     directory_count(%rip), %ecx
7:      sub     $1, %ecx
        js      8f
        mov     %ecx, %r11d
        shl     $4, %r11d
        lea     directories(%rip), %rdx
        add     %rdx, %r11
        mov     (%r11), %rdx
        cmp     %rdx, 64(%rbx)          /* st_dev */
        jne     7b
        mov     8(%r11), %rdx
        cmp     %rdx, 72(%rbx)          /* st_ino */
        jne     7b
        cmp     $1, %eax                /* not equal: it is one of them */
        jmp     5f
8:      cmp     %eax, %eax
5:      mov     16(%rbx), %rdi
        mov     24(%rbx), %rsi
        mov     32(%rbx), %rdx
        mov     40(%rbx), %r10
        mov     48(%rbx), %rax
        mov     56(%rbx), %r11
        mov     %rbx, %rcx
        mov     8(%rbx), %rbx
vfsrun_stub_verify_restored:
        movl    $0, (%rcx)
        jne     give_up
        test    %eax, %eax              /* a number still, or a result? */
        jg      9f
        add     $EPILOGUE, %r11
        jmp     *%r11
9:      add     $TRUSTED, %r11
        jmp     *%r11
give_up:
        add     $GIVE_UP, %r11
        jmp     *%r11

        .globl  vfsrun_stub_checks
vfsrun_stub_checks:                     /* generated code follows */

/* --- one patched site ------------------------------------------------------ */
/* Templates of one stub each. C++ fills in what differs: the call's number
   (twice), the registers of its paths, the way back, the displaced compare. */
        .macro  TEMPLATE name
        .balign 256
        .globl  vfsrun_stub_\name
vfsrun_stub_\name:
        .org    vfsrun_stub_\name + 8
        cmp     $0x11111111, %eax
        je      1f
        jmp     *vfsrun_stub_\name + NEXT(%rip)         /* the next number */
        .endm

        .macro  CALLS name
        .org    vfsrun_stub_\name + UNTRUSTED
        syscall
        jmp     vfsrun_stub_\name + EPILOGUE
        .org    vfsrun_stub_\name + TRUSTED
        syscall
        .endm

        .macro  FINISH name
        .org    vfsrun_stub_\name + GIVE_UP
        mov     $0x11111111, %eax
        jmp     vfsrun_stub_\name + UNTRUSTED
        .org    vfsrun_stub_\name + EPILOGUE
        .byte   0x48, 0x3d              /* cmp, displaced from the site */
        .long   0xfffff000
        jmp     *vfsrun_stub_\name + BACK(%rip)
        .org    vfsrun_stub_\name + VERIFY
        lea     vfsrun_stub_\name(%rip), %r11
        .byte   0xe9                    /* jmp → verify */
        .long   0
        .org    vfsrun_stub_\name + 0x100
        .endm

        .macro  FAILED_LOOKUP name
        cmp     $-2, %eax               /* ENOENT */
        je      vfsrun_stub_\name + VERIFY
        cmp     $-20, %eax              /* ENOTDIR */
        je      vfsrun_stub_\name + VERIFY
        cmp     $-40, %eax              /* ELOOP */
        je      vfsrun_stub_\name + VERIFY
        jmp     vfsrun_stub_\name + EPILOGUE
        .endm

        TEMPLATE one_path
        .org    vfsrun_stub_one_path + 0x18
1:      mov     %rdi, %rcx
        lea     vfsrun_stub_one_path + TRUSTED(%rip), %r11
        .byte   0xe9                    /* jmp → scan */
        .long   0
        CALLS   one_path
        test    %eax, %eax
        jns     vfsrun_stub_one_path + EPILOGUE
        FAILED_LOOKUP one_path
        FINISH  one_path

        TEMPLATE two_paths
        .org    vfsrun_stub_two_paths + 0x18
1:      mov     %rdi, %rcx
        lea     3f(%rip), %r11
        .byte   0xe9
        .long   0
        .org    vfsrun_stub_two_paths + 0x30
        jmp     vfsrun_stub_two_paths + UNTRUSTED
        .org    vfsrun_stub_two_paths + 0x40
3:      mov     %rsi, %rcx
        lea     vfsrun_stub_two_paths + TRUSTED(%rip), %r11
        .byte   0xe9
        .long   0
        CALLS   two_paths
        test    %eax, %eax
        jns     vfsrun_stub_two_paths + EPILOGUE
        FAILED_LOOKUP two_paths
        FINISH  two_paths

/* Its result matters when it is an absolute name and the tree is in use. */
        TEMPLATE readlink
        .org    vfsrun_stub_readlink + 0x18
1:      mov     %rdi, %rcx
        lea     vfsrun_stub_readlink + TRUSTED(%rip), %r11
        .byte   0xe9
        .long   0
        CALLS   readlink
        test    %eax, %eax
        jle     2f
        .byte   0x80, 0x3c, 0x25        /* cmpb $0, in_use */
        .long   0
        .byte   0
        je      vfsrun_stub_readlink + EPILOGUE
        .byte   0x48, 0x89, 0xf1        /* mov the buffer, rcx */
        cmpb    $'/', (%rcx)
        je      vfsrun_stub_readlink + GIVE_UP
        jmp     vfsrun_stub_readlink + EPILOGUE
2:      FAILED_LOOKUP readlink
        FINISH  readlink

/* getdents64: its end matters. */
        TEMPLATE listing
        .org    vfsrun_stub_listing + 0x18
1:      lea     vfsrun_stub_listing + TRUSTED(%rip), %r11
        nop
        nop
        nop
        .byte   0xe9                    /* jmp → list */
        .long   0
        CALLS   listing
        test    %eax, %eax
        jg      vfsrun_stub_listing + EPILOGUE
        jmp     vfsrun_stub_listing + VERIFY
        FINISH  listing

/* getcwd: matters once the tree is in use. */
        TEMPLATE getcwd
        .org    vfsrun_stub_getcwd + 0x18
1:      lea     vfsrun_stub_getcwd + TRUSTED(%rip), %r11
        nop
        nop
        nop
        .byte   0xe9                    /* jmp → unless_in_use */
        .long   0
        CALLS   getcwd
        jmp     vfsrun_stub_getcwd + EPILOGUE
        FINISH  getcwd

        .section .note.GNU-stack, "", @progbits
