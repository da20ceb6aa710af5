/** The registry of findings about what the loader does with a set-up, gravest first. */
import { severities } from '../../../common/schemas/plan.ts';
import { anotherFamily } from './anotherFamily.ts';
import { attentionBiasIgnored } from './attentionBiasIgnored.ts';
import { biasesSkipped } from './biasesSkipped.ts';
import { cacheScalesSkipped } from './cacheScalesSkipped.ts';
import { cannotBuild } from './cannotBuild.ts';
import { draftCountRefused } from './draftCountRefused.ts';
import { dtypeConverted } from './dtypeConverted.ts';
import { expertWithoutRank } from './expertWithoutRank.ts';
import { fewerMtpLayers } from './fewerMtpLayers.ts';
import { filledTwice } from './filledTwice.ts';
import type { Finding, FindingRule } from './finding.ts';
import { foreignDrafter } from './foreignDrafter.ts';
import { hallmarksAbsent } from './hallmarksAbsent.ts';
import { idleLaterMtpLayers } from './idleLaterMtpLayers.ts';
import { ignoreListLayer } from './ignoreListLayer.ts';
import { ignoreListMisses } from './ignoreListMisses.ts';
import type { LoadPicture } from './loadPicture.ts';
import { moreMtpLayers } from './moreMtpLayers.ts';
import { mtpAtOtherLayer } from './mtpAtOtherLayer.ts';
import { neverFilled } from './neverFilled.ts';
import { noMtpPromised } from './noMtpPromised.ts';
import { noMtpTensors } from './noMtpTensors.ts';
import { packedExpected } from './packedExpected.ts';
import { partlyFilled } from './partlyFilled.ts';
import { placementNotes } from './placementNotes.ts';
import { quantizationNotModelled } from './quantizationNotModelled.ts';
import { replicasOnOneRank } from './replicasOnOneRank.ts';
import { resaveLoses } from './resaveLoses.ts';
import { ropeInterleaveIgnored } from './ropeInterleaveIgnored.ts';
import { scaleExtra } from './scaleExtra.ts';
import { scaleMissing } from './scaleMissing.ts';
import { scaleSuffixUnknown } from './scaleSuffixUnknown.ts';
import { shapeAccepted } from './shapeAccepted.ts';
import { shapeRefused } from './shapeRefused.ts';
import { sharedCopiesAbsent } from './sharedCopiesAbsent.ts';
import { sharedCopiesUnused } from './sharedCopiesUnused.ts';
import { storedInFullPrecision } from './storedInFullPrecision.ts';
import { storedQuantized } from './storedQuantized.ts';
import { strictCheckWouldRaise } from './strictCheckWouldRaise.ts';
import { unevenRanks } from './unevenRanks.ts';
import { vocabularyPadded } from './vocabularyPadded.ts';
import { wouldFail } from './wouldFail.ts';

/** Asked of every checkpoint. Within one severity they keep this order. */
const findingRules: readonly FindingRule[] = [
  draftCountRefused,
  cannotBuild,
  wouldFail,
  noMtpTensors,
  fewerMtpLayers,
  mtpAtOtherLayer,
  moreMtpLayers,
  hallmarksAbsent,
  foreignDrafter,
  neverFilled,
  partlyFilled,
  shapeRefused,
  shapeAccepted,
  packedExpected,
  storedInFullPrecision,
  storedQuantized,
  dtypeConverted,
  scaleSuffixUnknown,
  scaleMissing,
  scaleExtra,
  sharedCopiesAbsent,
  strictCheckWouldRaise,
  expertWithoutRank,
  replicasOnOneRank,
  filledTwice,
  ignoreListLayer,
  ignoreListMisses,
  quantizationNotModelled,
  ropeInterleaveIgnored,
  attentionBiasIgnored,
  biasesSkipped,
  cacheScalesSkipped,
  placementNotes,
  unevenRanks,
  vocabularyPadded,
  noMtpPromised,
  idleLaterMtpLayers,
  sharedCopiesUnused,
  resaveLoses,
];

/** Nothing of another family is built or mapped here. */
const rulesOfOtherFamily: readonly FindingRule[] = [noMtpTensors, anotherFamily];

/** Without MTP layers nobody builds the drafter, so what would come of that is no finding. */
const rulesWithoutMtp: readonly FindingRule[] = [
  noMtpPromised,
  ropeInterleaveIgnored,
  attentionBiasIgnored,
  placementNotes,
];

/** All findings of a set-up, gravest first. */
export function findingsOf(picture: LoadPicture): readonly Finding[] {
  return bySeverity(rulesFor(picture).flatMap((rule) => rule(picture) ?? []));
}

function rulesFor(picture: LoadPicture): readonly FindingRule[] {
  if (picture.plan.input.otherFamily != null) return rulesOfOtherFamily;
  return hasMtp(picture) ? findingRules : rulesWithoutMtp;
}

export function bySeverity(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/** Whether the config promises MTP layers or the files hold any. */
export function hasMtp({ plan, census }: LoadPicture): boolean {
  return (plan.input.config.numNextnPredictLayers ?? 0) > 0 || census.hallmarksOf.size > 0;
}
