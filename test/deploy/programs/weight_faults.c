/* What can go wrong with the passes of streamed weights, and good frames after each. TYPE and MACRO are the prefixes of the driver's names. */
#include <stdio.h>
#include <string.h>
#include "board.h"
#include BAREMETAL_HEADER
#include DATA_HEADER

#define JOIN_(A, B) A##B
#define JOIN(A, B) JOIN_(A, B)
#define T(Name) JOIN(TYPE, Name)
#define M(Name) JOIN(MACRO, Name)
#define FRAMES 2u
#define PATIENCE 20000u
#define ALIGNED __attribute__((aligned(64)))

static uint8_t SourceMemory[FRAMES * M(_INPUT_STRIDE)] ALIGNED;
static uint8_t ResultMemory[FRAMES * M(_OUTPUT_STRIDE)] ALIGNED;
static uint8_t WeightMemory[M(_WEIGHT_BYTES)] ALIGNED;
static T(_Buffer) Source = { SourceMemory, 0, sizeof SourceMemory, 0 };
static T(_Buffer) Result = { ResultMemory, 0, sizeof ResultMemory, 0 };
static T(_Buffer) Weights = { WeightMemory, 0, sizeof WeightMemory, 0 };
static T() Engine;
static int Failures;

static void Expect(const char *Case, const char *What, long Got, long Wanted)
{
    if (Got == Wanted) return;
    printf("FAIL %s: %s is %ld, not %ld\n", Case, What, Got, Wanted);
    Failures++;
}

static int Start(void)
{
    uint32_t Frame;

    for (Frame = 0; Frame < FRAMES; Frame++) T(_Write)(&Source, Frame, T(_ExampleInput) + Frame * M(_INPUT_ELEMENTS));
    memset(ResultMemory, 0x5A, sizeof ResultMemory);
    return T(_Start)(&Engine, &Source, &Result, FRAMES);
}

static long WrongOutputs(void)
{
    static T(_Output) Values[M(_OUTPUT_ELEMENTS)];
    long Wrong = 0;
    uint32_t Frame, Index;

    for (Frame = 0; Frame < FRAMES; Frame++) {
        T(_Read)(&Result, Frame, Values);
        for (Index = 0; Index < M(_OUTPUT_ELEMENTS); Index++) Wrong += Values[Index] != T(_ExampleOutput)[Frame * M(_OUTPUT_ELEMENTS) + Index];
    }
    return Wrong;
}

static void Faulty(const char *Case, int Fault, int32_t Value, uint32_t Status, int Computed)
{
    board_order_fault((enum board_fault)(Fault + BOARD_WEIGHTS), Value);
    Expect(Case, "start", Start(), M(_OK));
    Expect(Case, "wait", T(_Wait)(&Engine, PATIENCE), M(_ERROR_FRAME));
    Expect(Case, "Status", (long)(Engine.Status & Status), (long)Status);
    if (Computed) Expect(Case, "wrong outputs", WrongOutputs(), 0);
    Expect(Case, "recovery", T(_Recover)(&Engine), M(_OK));
    Expect(Case, "start of a good run", Start(), M(_OK));
    Expect(Case, "wait for a good run", T(_Wait)(&Engine, FRAMES * PATIENCE), M(_OK));
    Expect(Case, "wrong outputs of a good run", WrongOutputs(), 0);
    printf("%s\n", Case);
}

int main(void)
{
    Source.Bus = (uintptr_t)SourceMemory;
    Result.Bus = (uintptr_t)ResultMemory;
    Weights.Bus = (uintptr_t)WeightMemory;
    Expect("set-up", "initialization", T(_Initialize)(&Engine, 0, BOARD_DMA, BOARD_WEIGHT_DMA), M(_OK));
    Expect("set-up", "start without weights", Start(), M(_ERROR_ARGUMENT));
    memcpy(WeightMemory, T(_StreamedWeights), sizeof WeightMemory);
    Expect("set-up", "weights", T(_SetWeights)(&Engine, &Weights), M(_OK));
    Faulty("weights cut short", BOARD_LENGTH, -8, M(_STATUS_WEIGHT_EARLY), 0);
    Faulty("weights too long", BOARD_LENGTH, 8, M(_STATUS_WEIGHT_MISSING), 0);
    Faulty("TLAST early", BOARD_TLAST_EARLY, 1, M(_STATUS_WEIGHT_EARLY), 1);
    Faulty("TLAST missing", BOARD_TLAST_MISSING, 0, M(_STATUS_WEIGHT_MISSING), 1);
    printf(Failures ? "FAIL\n" : "PASS\n");
    return Failures ? 1 : 0;
}
