// Package elf has the numbers of the ELF format that readers of programs and libraries need, under the names of the System V ABI (gABI,
// chapters 4 and 5). The standard library has them too, but with a reader of debug information that would be linked in.
package elf

// ELFMAG begins a file.
const ELFMAG = "\x7fELF"

// Places in the identification of a file.
const (
	EI_CLASS = 4
	EI_DATA  = 5
)

// Class is the size of addresses.
type Class byte

const (
	ELFCLASS32 Class = 1
	ELFCLASS64 Class = 2
)

// Data is the order of bytes.
type Data byte

const (
	ELFDATA2LSB Data = 1
	ELFDATA2MSB Data = 2
)

// Type is the type of a file.
type Type uint16

const (
	ET_REL  Type = 1
	ET_EXEC Type = 2
	ET_DYN  Type = 3
)

// Machine is an architecture.
type Machine uint16

const (
	EM_386       Machine = 3
	EM_PPC64     Machine = 21
	EM_S390      Machine = 22
	EM_ARM       Machine = 40
	EM_SPARCV9   Machine = 43
	EM_X86_64    Machine = 62
	EM_AARCH64   Machine = 183
	EM_RISCV     Machine = 243
	EM_LOONGARCH Machine = 258
)

// ProgType is the type of a segment.
type ProgType uint32

const (
	PT_LOAD    ProgType = 1
	PT_DYNAMIC ProgType = 2
)

// DynTag is the tag of an entry of the dynamic section.
type DynTag int64

const (
	DT_NULL     DynTag = 0
	DT_NEEDED   DynTag = 1
	DT_PLTRELSZ DynTag = 2
	DT_HASH     DynTag = 4
	DT_STRTAB   DynTag = 5
	DT_SYMTAB   DynTag = 6
	DT_RELA     DynTag = 7
	DT_RELASZ   DynTag = 8
	DT_SONAME   DynTag = 14
	DT_RPATH    DynTag = 15
	DT_REL      DynTag = 17
	DT_RELSZ    DynTag = 18
	DT_PLTREL   DynTag = 20
	DT_JMPREL   DynTag = 23
	DT_RUNPATH  DynTag = 29
	DT_GNU_HASH DynTag = 0x6ffffef5
	DT_VERSYM   DynTag = 0x6ffffff0
)

// Parts of a symbol's information.
const (
	STB_LOCAL = 0
	STB_WEAK  = 2
	SHN_UNDEF = 0
)
