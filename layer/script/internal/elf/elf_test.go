package elf

import (
	standard "debug/elf"
	"testing"
)

// TestNumbers compares the numbers with those of the standard library.
func TestNumbers(t *testing.T) {
	for _, c := range [][2]int64{
		{EI_CLASS, standard.EI_CLASS}, {EI_DATA, standard.EI_DATA},
		{int64(ELFCLASS32), int64(standard.ELFCLASS32)}, {int64(ELFCLASS64), int64(standard.ELFCLASS64)},
		{int64(ELFDATA2LSB), int64(standard.ELFDATA2LSB)}, {int64(ELFDATA2MSB), int64(standard.ELFDATA2MSB)},
		{int64(ET_REL), int64(standard.ET_REL)}, {int64(ET_EXEC), int64(standard.ET_EXEC)}, {int64(ET_DYN), int64(standard.ET_DYN)},
		{int64(EM_386), int64(standard.EM_386)}, {int64(EM_PPC64), int64(standard.EM_PPC64)}, {int64(EM_S390), int64(standard.EM_S390)},
		{int64(EM_ARM), int64(standard.EM_ARM)}, {int64(EM_SPARCV9), int64(standard.EM_SPARCV9)}, {int64(EM_X86_64), int64(standard.EM_X86_64)},
		{int64(EM_AARCH64), int64(standard.EM_AARCH64)}, {int64(EM_RISCV), int64(standard.EM_RISCV)},
		{int64(EM_LOONGARCH), int64(standard.EM_LOONGARCH)},
		{int64(PT_LOAD), int64(standard.PT_LOAD)}, {int64(PT_DYNAMIC), int64(standard.PT_DYNAMIC)},
		{int64(DT_NULL), int64(standard.DT_NULL)}, {int64(DT_NEEDED), int64(standard.DT_NEEDED)},
		{int64(DT_STRTAB), int64(standard.DT_STRTAB)}, {int64(DT_SONAME), int64(standard.DT_SONAME)},
		{int64(DT_PLTRELSZ), int64(standard.DT_PLTRELSZ)}, {int64(DT_HASH), int64(standard.DT_HASH)}, {int64(DT_SYMTAB), int64(standard.DT_SYMTAB)},
		{int64(DT_RELA), int64(standard.DT_RELA)}, {int64(DT_RELASZ), int64(standard.DT_RELASZ)}, {int64(DT_RPATH), int64(standard.DT_RPATH)},
		{int64(DT_REL), int64(standard.DT_REL)}, {int64(DT_RELSZ), int64(standard.DT_RELSZ)}, {int64(DT_PLTREL), int64(standard.DT_PLTREL)},
		{int64(DT_JMPREL), int64(standard.DT_JMPREL)}, {int64(DT_RUNPATH), int64(standard.DT_RUNPATH)},
		{int64(DT_GNU_HASH), int64(standard.DT_GNU_HASH)}, {int64(DT_VERSYM), int64(standard.DT_VERSYM)},
		{STB_LOCAL, int64(standard.STB_LOCAL)}, {STB_WEAK, int64(standard.STB_WEAK)}, {SHN_UNDEF, int64(standard.SHN_UNDEF)},
	} {
		if c[0] != c[1] {
			t.Errorf("%d, want %d", c[0], c[1])
		}
	}
	if ELFMAG != standard.ELFMAG {
		t.Errorf("%q begins a file", ELFMAG)
	}
}
