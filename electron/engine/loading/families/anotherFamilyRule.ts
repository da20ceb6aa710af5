/** The whole table for a checkpoint of another family: every tensor is left alone, with the reason. */
import type { LoadRule } from '../loadRule.ts';
import type { OtherFamily } from './families.ts';

export function anotherFamilyRule({ sentence }: OtherFamily): LoadRule {
  return {
    id: 'skip:another_family',
    explain: 'Leaves every tensor alone: the rules of DeepSeekMTP are for DeepSeek-V3, V3.2 and GLM-5.',
    source: "DeepSeekMTP is chosen by the config's model_type",
    endings: ['skip:another_family'],
    apply: (state) => {
      state.listener?.tag('skip:another_family');
      state.listener?.step('skip:another_family', `${sentence[0]?.toUpperCase()}${sentence.slice(1)}`);
      return { kind: 'skip', ending: 'skip:another_family', reported: undefined };
    },
  };
}
