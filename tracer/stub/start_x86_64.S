/* SPDX-License-Identifier: GPL-2.0-or-later */
        .section .rodata.vfsrun_stub_start, "a"

/* Stands in the unused end of the vDSO's last page while a new program begins:
   maps the region, fills it from below the stack pointer, and goes on to the
   program's real entry. In: rdi … r9 as mmap(2) takes them, rbx source, r12
   code's address, r13 its size, r14 destination, r15 bytes to copy. */
        .globl  vfsrun_stub_start, vfsrun_stub_start_entry, vfsrun_stub_start_end
vfsrun_stub_start:
        mov     $9, %eax                /* mmap */
        syscall
        cmp     %rdi, %rax
        jne     2f
        mov     %rbx, %rsi
        mov     %r14, %rdi
        mov     %r15, %rcx
        rep movsb
        mov     %r12, %rdi
        mov     %r13, %rsi
        mov     $5, %edx                /* PROT_READ | PROT_EXEC */
        mov     $10, %eax               /* mprotect */
        syscall
        test    %eax, %eax
        jz      2f
        lea     -4096(%r12), %rdi
        lea     4096(%r13), %rsi
        mov     $11, %eax               /* munmap */
        syscall
2:      xor     %eax, %eax
        xor     %ebx, %ebx
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %esi, %esi
        xor     %edi, %edi
        xor     %r8d, %r8d
        xor     %r9d, %r9d
        xor     %r10d, %r10d
        xor     %r11d, %r11d
        xor     %r12d, %r12d
        xor     %r13d, %r13d
        xor     %r14d, %r14d
        xor     %r15d, %r15d
        jmp     *vfsrun_stub_start_entry(%rip)
vfsrun_stub_start_entry:
        .quad   0
vfsrun_stub_start_end:

        .section .note.GNU-stack, "", @progbits
