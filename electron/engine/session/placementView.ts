/** All ranks of a set-up -> what the page and the command line are told about them. */
import type { Moves, Placement } from '../../common/contract.ts';
import type { ModelConfig, ParallelConfig, RankPlacement } from '../../common/domain.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { isMoeLayer, type TableKind } from '../loading/modelParameters.ts';
import { targetPackedModules } from '../loading/quantScheme.ts';
import { bytesOfRanks, imbalanceOf, type RankBytes, tensorsOfRanks } from '../loading/rankBytes.ts';
import { expertMovesBetween } from '../placement/expertMoves.ts';
import { type GroupPlacement, placeGroup, rankOf } from '../placement/expertPlacement.ts';
import { expertSlotsOf, mismatchedRows, replicasOnOneRank } from '../placement/expertSlots.ts';

/**
 * @param plan the drafter's plan of any rank of the same set-up
 * @param checkpointId 0 where there is no checkpoint
 */
export function placementView(plan: LoadPlan, checkpointId: number): Placement {
  const begin = performance.now();
  const { config, parallel } = plan.input;
  const group = placeGroup(config, parallel);
  const slots = expertSlotsOf(group);
  const replicas = new Int32Array(group.numLogicalExperts);
  for (const logical of group.physicalToLogical) replicas[logical] = (replicas[logical] ?? 0) + 1;
  return {
    checkpointId,
    parallel: { ...parallel },
    numRanks: group.numRanks,
    useExpertParallel: group.useExpertParallel,
    epSize: group.epSize,
    moeTpSize: group.useExpertParallel ? 1 : group.numRanks,
    policy: { asked: parallel.expertPlacementStrategy, inForce: group.policy, reason: group.fallback },
    numLogicalExperts: group.numLogicalExperts,
    numPhysicalExperts: group.numPhysicalExperts,
    numFusedSharedExperts: group.numFusedSharedExperts,
    layers: layersOf(config),
    physicalToLogical: Int32Array.from(group.physicalToLogical),
    replicas,
    slots,
    replicasOnOneRank: replicasOnOneRank(slots).map((found) => ({ ...found, physical: [...found.physical] })),
    mismatches: {
      drafter: mismatchedRows(slots.routed, slots.loadedByDrafter),
      target: mismatchedRows(slots.routed, slots.loadedByTarget),
    },
    drafter: bytesView(bytesOfGroup('drafter', group, plan)),
    target: bytesView(bytesOfGroup('target', group, plan)),
    tensors: tensorsOfRanks(plan, { start: slots.start, loaded: slots.loadedByDrafter }),
    notes: [...group.notes],
    micros: (performance.now() - begin) * 1000,
  };
}

/** A page can show no more layers than this; no model has as many. */
const mostLayers = 4096;

function layersOf(config: ModelConfig): Placement['layers'] {
  const { numHiddenLayers, numNextnPredictLayers } = config;
  return Array.from({ length: Math.min(mostLayers, numHiddenLayers + (numNextnPredictLayers ?? 0)) }, (_, layer) => ({
    layer,
    hasExperts: isMoeLayer(config, layer),
    isMtp: layer >= numHiddenLayers,
  }));
}

/** What moves between two set-ups of one model; `parallel.rank` plays no part. */
export function movesView(
  config: ModelConfig,
  from: ParallelConfig,
  to: ParallelConfig,
  model: 'drafter' | 'target',
): Moves {
  const begin = performance.now();
  const toGroup = placeGroup(config, to);
  const { expert, fromRank, toRank, share, moved, held } = expertMovesBetween(placeGroup(config, from), toGroup);
  const packedModules = targetPackedModules(config.qLoraRank !== null);
  const { expertBytes } = bytesOfGroup(model, toGroup, { quantization: config.quantization, packedModules });
  return {
    from: { ...from },
    to: { ...to },
    moves: { expert, fromRank, toRank, bytes: share.map((part) => Math.round(part * expertBytes)) },
    movedBytes: Math.round(moved * expertBytes),
    heldBytes: Math.round(held * expertBytes),
    micros: (performance.now() - begin) * 1000,
  };
}

/** Parameter memory of one model on every rank of a placed group. */
export function bytesOfGroup(
  kind: TableKind,
  group: GroupPlacement,
  { quantization, packedModules }: Pick<LoadPlan, 'quantization' | 'packedModules'>,
  hasTensor?: (name: string) => boolean,
): RankBytes {
  const { config, parallel, numRanks } = group;
  return bytesOfRanks({
    kind,
    config,
    parallel,
    quantization,
    packedModules,
    numRanks,
    placements: placementsOf(group),
    ...(hasTensor === undefined ? {} : { hasTensor }),
  });
}

function* placementsOf(group: GroupPlacement): Generator<RankPlacement> {
  for (let rank = 0; rank < group.numRanks; rank++) yield rankOf(group, rank);
}

function bytesView({ bytes, total, errors }: RankBytes): Placement['drafter'] {
  return {
    bytes,
    total,
    imbalance: imbalanceOf(total),
    errors: errors.map((error) => ({ ...error, ranks: [...error.ranks] })),
  };
}
