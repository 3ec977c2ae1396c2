/** Names of the files in which stages leave their results in a design's folder. */
export const LAYER_FACTS_FILE = 'layer_facts.json';
export const SIMULATION_FILE = 'simulation.json';
export const SYNTHESIS_FILE = 'synthesis.json';
/** Stored, rebuilt or direct; only of layers stored as factors. */
export const EXECUTION_FILE = 'execution.json';
export const ENERGY_FILE = 'energy.json';
/** Switching activity for Vivado's `read_saif`. */
export const ACTIVITY_FILE = 'activity.saif';
export const REPORT_FILE = 'report.json';
export const REPORT_PAGE = 'report.html';
/** Beside REPORT.md, which tells what was generated and stays as it was. */
export const REPORT_TEXT = 'RESULTS.md';
