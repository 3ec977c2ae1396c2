/**
 * The bus definitions that an engine's ports belong to, as Vivado's catalog names them: logical ports with the direction of the side
 * that drives (the master), and whether an interface is none without them. Names as in AMD's UG1037 (AXI) and UG994 (clock, reset, interrupt).
 */
export type Role = 'master' | 'slave';

export interface LogicalPort {
  readonly fromMaster: 'out' | 'in';
  readonly required?: boolean;
  /** Bits, where the definition fixes them. */
  readonly width?: number;
}

export interface BusDefinition {
  readonly library: 'interface' | 'signal';
  readonly ports: Readonly<Record<string, LogicalPort>>;
}

const out: LogicalPort = { fromMaster: 'out' };
const into: LogicalPort = { fromMaster: 'in' };
const needed = (port: LogicalPort, width?: number): LogicalPort => ({ ...port, required: true, ...(width === undefined ? {} : { width }) });

/** An address channel; `A` is AW or AR. The engine has no master, so what only bursts have is known but not needed. */
const address = (a: string): Record<string, LogicalPort> => ({
  [`${a}ADDR`]: needed(out), [`${a}VALID`]: needed(out, 1), [`${a}READY`]: needed(into, 1), [`${a}PROT`]: { ...out, width: 3 },
  [`${a}ID`]: out, [`${a}LEN`]: out, [`${a}SIZE`]: out, [`${a}BURST`]: out, [`${a}LOCK`]: out, [`${a}CACHE`]: out, [`${a}QOS`]: out,
  [`${a}REGION`]: out, [`${a}USER`]: out,
});

export const BUS_DEFINITIONS: Readonly<Record<string, BusDefinition>> = {
  aximm: {
    library: 'interface',
    ports: {
      ...address('AW'),
      WDATA: needed(out), WSTRB: out, WVALID: needed(out, 1), WREADY: needed(into, 1), WLAST: out, WUSER: out, WID: out,
      BRESP: needed(into, 2), BVALID: needed(into, 1), BREADY: needed(out, 1), BID: into, BUSER: into,
      ...address('AR'),
      RDATA: needed(into), RRESP: needed(into, 2), RVALID: needed(into, 1), RREADY: needed(out, 1), RLAST: into, RID: into, RUSER: into,
    },
  },
  axis: {
    library: 'interface',
    ports: {
      TDATA: needed(out), TVALID: needed(out, 1), TREADY: needed(into, 1), TLAST: { ...out, width: 1 },
      TKEEP: out, TSTRB: out, TUSER: out, TID: out, TDEST: out,
    },
  },
  clock: { library: 'signal', ports: { CLK: needed(out, 1) } },
  reset: { library: 'signal', ports: { RST: needed(out, 1) } },
  interrupt: { library: 'signal', ports: { INTERRUPT: needed(out, 1) } },
};

/** Direction that the physical port of a logical one has on an interface of this role. */
export function physicalDirection(port: LogicalPort, role: Role): 'in' | 'out' {
  if (role === 'master') return port.fromMaster;
  return port.fromMaster === 'out' ? 'in' : 'out';
}
