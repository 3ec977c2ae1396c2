/* Everything that can go wrong between a driver and an engine, and a good frame after each. Prints a line for each case that went as it should. */
#include <stdio.h>
#include <string.h>
#include "board.h"
#include "xtiny_baremetal.h"
#include "xtiny_data.h"

#define FRAMES 3u
#define PATIENCE 2000u
#define ALIGNED __attribute__((aligned(XTINY_ALIGNMENT)))

static uint8_t SourceMemory[FRAMES * XTINY_INPUT_STRIDE] ALIGNED;
static uint8_t ResultMemory[FRAMES * XTINY_OUTPUT_STRIDE] ALIGNED;
static XTiny_Buffer Source = { SourceMemory, 0, sizeof SourceMemory, 0 };
static XTiny_Buffer Result = { ResultMemory, 0, sizeof ResultMemory, 0 };
static XTiny Engine;
static int Failures;

static void Expect(const char *Case, const char *What, long Got, long Wanted)
{
    if (Got == Wanted) return;
    printf("FAIL %s: %s is %ld, not %ld\n", Case, What, Got, Wanted);
    Failures++;
}

static uint32_t Register(uint32_t Offset)
{
    return XTiny_In32(BOARD_ENGINE + Offset);
}

static int Start(uint32_t Frames, uint32_t First)
{
    uint32_t Frame;

    for (Frame = 0; Frame < Frames; Frame++)
        XTiny_Write(&Source, Frame, XTiny_ExampleInput + (First + Frame) % XTINY_EXAMPLE_FRAMES * XTINY_INPUT_ELEMENTS);
    memset(ResultMemory, 0x5A, sizeof ResultMemory);
    return XTiny_Start(&Engine, &Source, &Result, Frames);
}

static long WrongOutputs(uint32_t Frames, uint32_t First)
{
    XTiny_Output Values[XTINY_OUTPUT_ELEMENTS];
    long Wrong = 0;
    uint32_t Frame, Index;

    for (Frame = 0; Frame < Frames; Frame++) {
        XTiny_Read(&Result, Frame, Values);
        for (Index = 0; Index < XTINY_OUTPUT_ELEMENTS; Index++)
            Wrong += Values[Index] != XTiny_ExampleOutput[(First + Frame) % XTINY_EXAMPLE_FRAMES * XTINY_OUTPUT_ELEMENTS + Index];
    }
    return Wrong;
}

/* Frames that must come out right; other ones each time. */
static void Good(const char *Case)
{
    static uint32_t First;

    First++;
    Expect(Case, "start of a good run", Start(FRAMES, First), XTINY_OK);
    Expect(Case, "wait for a good run", XTiny_Wait(&Engine, FRAMES * PATIENCE), XTINY_OK);
    Expect(Case, "wrong outputs of a good run", WrongOutputs(FRAMES, First), 0);
}

static void Survived(const char *Case)
{
    Expect(Case, "start before recovery", Start(1, 0), XTINY_ERROR_RECOVER);
    Expect(Case, "recovery", XTiny_Recover(&Engine), XTINY_OK);
    Good(Case);
    printf("%s\n", Case);
}

/* One frame with a fault on its way to the engine. */
static void FaultyFrame(const char *Case, enum board_fault Fault, int32_t Value, long Error, uint32_t Status, int Computed)
{
    board_order_fault(Fault, Value);
    Expect(Case, "start", Start(1, 0), XTINY_OK);
    Expect(Case, "wait", XTiny_Wait(&Engine, PATIENCE), Error);
    Expect(Case, "Status", (long)Engine.Status, (long)Status);
    if (Status) Expect(Case, "STATUS register", (long)Register(XTINY_STATUS), (long)Status);
    if (Computed) Expect(Case, "wrong outputs", WrongOutputs(1, 0), 0);
    Survived(Case);
}

static void StartWhileBusy(void)
{
    const char *Case = "start while busy";

    Expect(Case, "start", Start(1, 0), XTINY_OK);
    Expect(Case, "second start", XTiny_Start(&Engine, &Source, &Result, 1), XTINY_ERROR_BUSY);
    Expect(Case, "load in a run", XTiny_Load(&Engine, XTINY_WEIGHTS_SELECT, XTiny_Weights, XTINY_WEIGHTS_WORDS), XTINY_ERROR_BUSY);
    XTiny_Out32(BOARD_ENGINE + XTINY_CTRL, XTINY_CTRL_START);
    Expect(Case, "wait", XTiny_Wait(&Engine, PATIENCE), XTINY_ERROR_FRAME);
    Expect(Case, "Status", (long)Engine.Status, (long)XTINY_STATUS_START_BUSY);
    Expect(Case, "wrong outputs", WrongOutputs(1, 0), 0);
    Survived(Case);
}

static void ResetInFrame(void)
{
    const char *Case = "reset in mid-frame";
    int32_t Cycles;

    for (Cycles = 20; Cycles < 1400; Cycles += 137) {
        board_order_fault(BOARD_RESET_AFTER, Cycles);
        Expect(Case, "start", Start(1, 0), XTINY_OK);
        Expect(Case, "wait", XTiny_Wait(&Engine, PATIENCE), XTINY_ERROR_LOST);
        Expect(Case, "recovery", XTiny_Recover(&Engine), XTINY_OK);
        Good(Case);
    }
    printf("%s\n", Case);
}

static void RecoverInFrame(void)
{
    const char *Case = "recovery in mid-frame";
    uint32_t Microseconds;

    for (Microseconds = 1; Microseconds < 140; Microseconds += 17) {
        Expect(Case, "start", Start(2, 0), XTINY_OK);
        board_sleep(Microseconds);
        Expect(Case, "recovery", XTiny_Recover(&Engine), XTINY_OK);
        Expect(Case, "wait without a run", XTiny_Wait(&Engine, PATIENCE), XTINY_ERROR_ARGUMENT);
        Good(Case);
    }
    printf("%s\n", Case);
}

static void EngineReset(void)
{
    const char *Case = "reset of the engine alone in mid-frame";

    Expect(Case, "start", Start(2, 0), XTINY_OK);
    board_sleep(30);
    XTiny_Out32(BOARD_ENGINE + XTINY_CTRL, XTINY_CTRL_RESET);
    Expect(Case, "wait", XTiny_Wait(&Engine, PATIENCE), XTINY_ERROR_LOST);
    Survived(Case);
}

static void HalfLoaded(void)
{
    const char *Case = "weights half loaded";
    uint32_t Index;

    XTiny_Out32(BOARD_ENGINE + XTINY_LOAD_COUNT, XTINY_WEIGHTS_WORDS);
    XTiny_Out32(BOARD_ENGINE + XTINY_LOAD_SELECT, XTINY_WEIGHTS_SELECT);
    XTiny_Out32(BOARD_ENGINE + XTINY_LOAD_ADDRESS, 0);
    for (Index = 0; Index < XTINY_WEIGHTS_WORDS / 2; Index++) XTiny_Out32(BOARD_ENGINE + XTINY_LOAD_DATA, ~XTiny_Weights[Index]);
    Expect(Case, "start", Start(1, 0), XTINY_ERROR_LOAD);
    board_reset();
    Expect(Case, "recovery", XTiny_Recover(&Engine), XTINY_OK);
    Expect(Case, "LOAD_COUNT after a reset", (long)Register(XTINY_LOAD_COUNT), (long)(XTINY_WEIGHTS_WORDS - XTINY_WEIGHTS_WORDS / 2));
    Expect(Case, "start after a reset", Start(1, 0), XTINY_ERROR_LOAD);
    XTiny_Out32(BOARD_ENGINE + XTINY_CTRL, XTINY_CTRL_START);
    Expect(Case, "STATUS after a start all the same", (long)Register(XTINY_STATUS), (long)XTINY_STATUS_LOAD_SHORT);
    Expect(Case, "recovery", XTiny_Recover(&Engine), XTINY_OK);
    Expect(Case, "load", XTiny_Load(&Engine, XTINY_WEIGHTS_SELECT, XTiny_Weights, XTINY_WEIGHTS_WORDS), XTINY_OK);
    Good(Case);
    printf("%s\n", Case);
}

static void WrongArguments(void)
{
    const char *Case = "arguments that do not fit";
    XTiny_Buffer Small = Source, Odd = Source;
    XTiny Other;
    XTiny_Config Nowhere;

    Small.Bytes = XTINY_INPUT_STRIDE - 1;
    Odd.Bus += 4;
    memset(&Nowhere, 0, sizeof Nowhere);
    Nowhere.BaseAddress = BOARD_DMA;
    Expect(Case, "no frames", XTiny_Start(&Engine, &Source, &Result, 0), XTINY_ERROR_ARGUMENT);
    Expect(Case, "too many frames", XTiny_Start(&Engine, &Source, &Result, XTINY_MAX_FRAMES + 1), XTINY_ERROR_ARGUMENT);
    Expect(Case, "a small buffer", XTiny_Start(&Engine, &Small, &Result, 1), XTINY_ERROR_ARGUMENT);
    Expect(Case, "an odd address", XTiny_Start(&Engine, &Odd, &Result, 1), XTINY_ERROR_ARGUMENT);
    Expect(Case, "too few words", XTiny_Load(&Engine, XTINY_WEIGHTS_SELECT, XTiny_Weights, XTINY_WEIGHTS_WORDS - 1), XTINY_ERROR_ARGUMENT);
    Expect(Case, "no such memory", XTiny_Load(&Engine, 9, XTiny_Weights, XTINY_WEIGHTS_WORDS), XTINY_ERROR_ARGUMENT);
    Expect(Case, "another device", XTiny_CfgInitialize(&Other, &Nowhere, BOARD_DMA), XTINY_ERROR_DEVICE);
    Good(Case);
    printf("%s\n", Case);
}

static void NoMemory(void)
{
    const char *Case = "a buffer where no memory answers";
    XTiny_Buffer Nowhere = Source;

    Nowhere.Bus = 0x1000;
    Expect(Case, "start", XTiny_Start(&Engine, &Nowhere, &Result, 1), XTINY_OK);
    Expect(Case, "wait", XTiny_Wait(&Engine, PATIENCE), XTINY_ERROR_DMA);
    Expect(Case, "DmaStatus", (long)(Engine.DmaStatus & XTINY_DMA_STATUS_ERRORS), 0x40);
    Survived(Case);
}

static void Registers(void)
{
    const char *Case = "registers";
    static const uint32_t ReadOnly[] = { XTINY_CYCLES, XTINY_ACTIVE, XTINY_WAIT_INPUT, XTINY_WAIT_OUTPUT, XTINY_FRAMES_DONE, XTINY_WAIT_WEIGHT, XTINY_VERSION, XTINY_LAYER_ID, XTINY_PEAK_MACS };
    uint32_t Index, Before;

    Expect(Case, "VERSION", (long)Register(XTINY_VERSION), (long)XTINY_VERSION_VALUE);
    Expect(Case, "LAYER_ID", (long)Register(XTINY_LAYER_ID), (long)XTINY_LAYER_ID_VALUE);
    Expect(Case, "PEAK_MACS", (long)Register(XTINY_PEAK_MACS), (long)XTINY_PEAK_MACS_VALUE);
    Expect(Case, "CTRL", (long)Register(XTINY_CTRL), (long)(XTINY_CTRL_IDLE | XTINY_CTRL_READY));
    for (Index = 0; Index < sizeof ReadOnly / sizeof ReadOnly[0]; Index++) {
        Before = Register(ReadOnly[Index]);
        XTiny_Out32(BOARD_ENGINE + ReadOnly[Index], ~Before);
        Expect(Case, "a read-only register", (long)Register(ReadOnly[Index]), (long)Before);
    }
    XTiny_Out32(BOARD_ENGINE + XTINY_FRAMES, 0xFFFF1234u);
    Expect(Case, "FRAMES", (long)Register(XTINY_FRAMES), 0x1234);
    XTiny_Out32(BOARD_ENGINE + XTINY_FRAMES, 0);
    Expect(Case, "FRAMES of 0", (long)Register(XTINY_FRAMES), 1);
    XTiny_Out32(BOARD_ENGINE + XTINY_GIE, 0xFFFFFFFFu);
    Expect(Case, "GIE", (long)Register(XTINY_GIE), 1);
    XTiny_Out32(BOARD_ENGINE + XTINY_LOAD_SELECT, 0xFFFFFFF5u);
    Expect(Case, "LOAD_SELECT", (long)Register(XTINY_LOAD_SELECT), 5);
    Expect(Case, "an address without a register", (long)Register(0x5C), 0);
    Expect(Case, "a register that is only written", (long)Register(XTINY_LOAD_DATA), 0);
    Good(Case);
    Expect(Case, "CTRL after a run", (long)Register(XTINY_CTRL), (long)(XTINY_CTRL_DONE | XTINY_CTRL_IDLE | XTINY_CTRL_READY));
    Expect(Case, "CTRL read again", (long)Register(XTINY_CTRL), (long)(XTINY_CTRL_IDLE | XTINY_CTRL_READY));
    Expect(Case, "ISR after a run", (long)Register(XTINY_ISR), 0);
    Expect(Case, "FRAMES_DONE", (long)Register(XTINY_FRAMES_DONE), (long)FRAMES);
    printf("%s\n", Case);
}

int main(void)
{
    Source.Bus = (uintptr_t)SourceMemory;
    Result.Bus = (uintptr_t)ResultMemory;
    Expect("set-up", "initialization", XTiny_Initialize(&Engine, 0, BOARD_DMA), XTINY_OK);
    Registers();
    FaultyFrame("frame cut short", BOARD_LENGTH, -8, XTINY_ERROR_FRAME, XTINY_STATUS_EARLY, 0);
    FaultyFrame("frame too long", BOARD_LENGTH, 8, XTINY_ERROR_FRAME, XTINY_STATUS_MISSING, 1);
    FaultyFrame("TLAST early", BOARD_TLAST_EARLY, 17, XTINY_ERROR_FRAME, XTINY_STATUS_EARLY, 1);
    FaultyFrame("TLAST missing", BOARD_TLAST_MISSING, 0, XTINY_ERROR_FRAME, XTINY_STATUS_MISSING, 1);
    StartWhileBusy();
    ResetInFrame();
    RecoverInFrame();
    EngineReset();
    HalfLoaded();
    WrongArguments();
    NoMemory();
    printf(Failures ? "FAIL\n" : "PASS\n");
    return Failures ? 1 : 0;
}
