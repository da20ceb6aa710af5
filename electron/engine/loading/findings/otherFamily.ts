/** What is said of a checkpoint of another family: a note, and whether its promised MTP layers are there. */
import type { OtherFamily } from '../families/families.ts';
import { about } from './evidence.ts';
import { type Finding, plural } from './finding.ts';

export function otherFamilyFindings({ id, sentence, promised, mtpTensors }: OtherFamily): Finding[] {
  const note: Finding = {
    code: 'anotherFamily',
    severity: 'note',
    sentence: `${sentence[0]?.toUpperCase()}${sentence.slice(1)}`,
    evidence: [about('configKey', 'model_type')],
    hint: 'Its tensors are listed, and none is mapped; DeepSeek-V3, R1, V3.1, V3.2 and GLM-5 are mapped in full.',
  };
  if (promised === 0 || mtpTensors > 0) return [note];
  const absent: Finding = {
    code: 'noMtpTensors',
    severity: 'silent',
    sentence: `config.json promises ${plural(promised, 'MTP layer')}, but no tensor name is one of an MTP layer of this family (${id}).`,
    evidence: [about('configKey', 'num_nextn_predict_layers'), about('configKey', 'mtp_num_hidden_layers')],
    hint: 'Use the original checkpoint: some converters leave the MTP layers out.',
  };
  return [absent, note];
}
