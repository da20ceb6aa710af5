import { Icon } from './Icon.tsx';

export type OutcomeName = 'loaded' | 'skipped' | 'error';

const words: Record<OutcomeName, string> = { loaded: 'loaded', skipped: 'skipped', error: 'would fail' };

/** Colour, shape and (unless short) word: an outcome is never told by colour alone. */
export function OutcomeMark({ outcome, short = false }: { outcome: OutcomeName; short?: boolean }) {
  return (
    <span className={`mark mark-${outcome}`} title={words[outcome]}>
      <Icon name={outcome} size={short ? 14 : 12} />
      <span className={short ? 'visuallyHidden' : undefined}>{words[outcome]}</span>
    </span>
  );
}
