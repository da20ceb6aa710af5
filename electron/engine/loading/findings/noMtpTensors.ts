import type { OtherFamily } from '../families/families.ts';
import { about, evidenceOf } from './evidence.ts';
import { type Finding, type FindingRule, plural } from './finding.ts';
import type { LoadPicture } from './loadPicture.ts';
import { foreignText, missingLayers, missingSeverity, promiseText } from './missingLayers.ts';
import { promisedLayers } from './nameCensus.ts';

const hint = 'Use the original checkpoint: some converters leave the MTP layers out.';

/** MTP layers are promised, and the files hold no tensor of any. */
export const noMtpTensors: FindingRule = (picture) => {
  const { otherFamily } = picture.plan.input;
  return otherFamily == null ? ofThisFamily(picture) : ofOtherFamily(otherFamily);
};

function ofThisFamily(picture: LoadPicture): Finding | null {
  const missing = missingLayers(picture);
  if (missing.length === 0 || missing.length < promisedLayers(picture.plan.input.config).length) return null;
  return {
    code: 'noMtpTensors',
    severity: missingSeverity(picture),
    sentence: `${promiseText(picture)}, but the checkpoint has 0 tensors of ${missing.length === 1 ? 'it' : 'them'}.${foreignText(picture)}`,
    evidence: evidenceOf([
      about('configKey', 'num_nextn_predict_layers'),
      ...missing.map((layer) => `model.layers.${layer}.`),
    ]),
    hint,
  };
}

function ofOtherFamily({ id, name, promised, mtpTensors }: OtherFamily): Finding | null {
  if (promised === 0 || mtpTensors > 0) return null;
  return {
    code: 'noMtpTensors',
    severity: 'silent',
    sentence: `config.json promises ${plural(promised, 'MTP layer')}, but no tensor name is one of an MTP layer ${id === 'unknown' ? 'of any kind' : `of ${name}`}.`,
    evidence: [about('configKey', 'num_nextn_predict_layers'), about('configKey', 'mtp_num_hidden_layers')],
    hint,
  };
}
