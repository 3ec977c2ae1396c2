/** The library: what the command line does, as functions. */
export { ShiftloomError, type ErrorCode } from './errors.js';
export { GENERATOR_VERSION } from './version.js';

export { describeModel, importLayer, listModel } from './import/registry.js';
export type { ImportRequest, ModelLayer, ModelListing } from './import/importer.js';
export { recordActivations, type RecordOptions, type RecordedActivations } from './flow/record_activations.js';
export { importModel, type ImportModelOptions, type ImportedModel } from './flow/import_model.js';
export type { ActivationFormat, FloatActivation, FloatLayer, InputFrames } from './import/float_layer.js';
export { readFloatLayer, writeFloatLayer } from './import/float_layer_file.js';

export { compressLayer, type CompressedLayer } from './compress/compress.js';
export type { BlockChoice } from './compress/blocks/choice.js';
export type { BlockStats } from './compress/blocks/stats.js';
export type { CalibrateOptions, CompressOptions, EncodingChoice } from './compress/options.js';
export type { CpChoice } from './compress/cp/choice.js';
export { quantizeFactor } from './compress/cp/levels_of_factor.js';
export type { CpStats } from './compress/cp/stats.js';
export { optimalCodebook, type OptimalCodebook, type OptimalCodebookOptions } from './compress/optimal_codebook.js';
export { statsText, type CompressionStats } from './compress/stats.js';

export { assignEncodings, type AssignedLayer, type AssignResult } from './assign/assign.js';
export type { AssignableLayer, MeasureOptions, NetworkError } from './assign/measure_candidates.js';
export type { Assignment } from './assign/assignment_schema.js';
export { applyAssignment, assignLayers, readAssignment, writeAssignment, type AssignFlowOptions, type AssignmentBudget } from './flow/assign.js';

export { checkOutside, structureOfMask } from './blocks/check_mask.js';
export { findBlocks, type FindOptions, type FoundBlocks } from './blocks/find.js';
export { blockMask, maskOf, type BlockMask, type BlockSizes } from './blocks/mask.js';
export { gatherBlocks, type BlockStructure } from './layer/blocks.js';

export { parseDescription } from './layer/read.js';
export { readLayer } from './expand/read_layer.js';
export { expandLayer, storedLayer } from './expand/expand.js';
export { writeLayer } from './layer/write.js';
export { geometryOf, macsOf, type BlockTensors, type FactorTensors, type Geometry, type Layer, type LayerBlocks, type LayerTensors, type StoredLayer, type StoredTensors } from './layer/layer.js';
export type { Encoding, LayerDescription } from './layer/schema.js';

export { networkOf, parseNetwork, readNetwork } from './network/read.js';
export { goldenNetwork, type NetworkRunOptions } from './network/golden_network.js';
export { floatNetwork, readFloatReference, type FloatReference } from './network/float_network.js';
export { writeNetwork, type LayerToWrite, type NetworkToWrite } from './network/write.js';
export { readLabelled, type LabelledImages } from './data/labelled.js';
export { networkAccelerator, type AcceleratorOptions } from './flow/accelerator.js';
export { evaluateNetwork, type Accelerator, type EvaluateOptions } from './flow/evaluate.js';
export { writeEvaluation } from './flow/evaluation_files.js';
export { evaluationPassed, type Evaluation } from './report/evaluation.js';
export type { MapFormat, Network, NetworkNode } from './network/network.js';
export type { NetworkDescription } from './network/schema.js';
export { generateNetwork, networkHash, type GeneratedNetwork } from './generate_network.js';
export { generateShared, type GeneratedShared } from './generate_shared.js';
export type { SharedLanes } from './plan/shared/shared_plan.js';
export { balanceLayer } from './plan/network/balance.js';
export type { NetworkPlan, NetworkStage, NetworkStream } from './plan/network/network_plan.js';
export {
  networkSimulationPassed, simulateNetwork, simulateNetworkDesign, type NetworkDesign, type NetworkSimulation, type NetworkSimulationOptions,
} from './flow/simulate_network.js';

export { findLanes } from './plan/search.js';
export type { Limits } from './plan/limits.js';
export type { Estimate, Lanes, LayerPlan } from './plan/plan.js';
export { outputOrder } from './plan/output_order.js';
export { generateLayer, layerHash, type Generated } from './generate.js';
export { goldenRun, type GoldenResult } from './golden/convolution.js';
export { addToOutput, differences, writeOutput } from './output/write.js';

export { synthesizeDesign, type SynthesisOptions, type SynthesisResult } from './synthesize/synthesize.js';
export { loadPart, partNames, type Part } from './synthesize/parts.js';

export { buildReport, type ReportInputs } from './report/build_report.js';
export { renderReportHtml } from './report/report_html.js';
export { renderReportMarkdown } from './report/report_markdown.js';
export type { Report } from './report/report_schema.js';

export type { FlowContext, FlowProgress } from './flow/context.js';
export { chooseLanes, type Folding, type FoldingRequest } from './flow/lanes.js';
export { exploreLayers, writeExploration, type ExploreOptions } from './flow/explore.js';
export { directExecution, writeDirect, type DirectOptions, type DirectReport, type DirectResult, type DirectStage, type OutputErrors } from './flow/direct.js';
export { compareWays } from './flow/compare_ways.js';
export { compareExecutions, EXECUTION_RULE, EXECUTIONS, type Execution, type ExecutionComparison, type ExecutionCost, type ExecutionOptions, type NotDirect, type RebuiltCost } from './flow/execution.js';
export { splitLayer, type DirectChain, type SplitOptions } from './direct/split.js';
export { projectMonarch, type MonarchFactor, type MonarchProjection } from './compress/blocks/monarch.js';
export { compressMonarch, writeMonarch, type MonarchLayers, type MonarchOptions, type MonarchStats } from './flow/monarch.js';
export { NETWORK_NAMES, networkResidency, writeResidency, type NetworkName, type NetworkResidencyOptions } from './flow/residency.js';
export type { ResidencyPlan, ResidentLayer, ResidentMemory } from './plan/residency/residency.js';
export { exploreInputs, type ExploreInput } from './flow/explore_inputs.js';
export type { Exploration, ExploredPoint, ExploredSeries } from './report/exploration.js';
export { simulateLayer, simulationPassed, type LayerSimulation, type LayerSimulationOptions } from './flow/simulate.js';
export { runLayer, type RunOptions, type RunResult } from './flow/run.js';
export { writeReport } from './flow/report.js';
export { measureEnergy, writeEnergy, type EnergyOptions, type EnergyResult, type MeasuredEnergy } from './flow/energy.js';
export { energyRatio, type RatioRange } from './energy/energy.js';
export { loadEnergyTable, type EnergyTable, type Figure } from './energy/energy_table.js';
export { doctor, type Doctor, type ToolReport } from './flow/doctor.js';
