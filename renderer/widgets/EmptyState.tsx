import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';

/** Says what is missing and what to do about it. */
export function EmptyState({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="emptyState">
      <Icon name={icon} size={22} />
      <p className="emptyTitle">{title}</p>
      {children}
    </div>
  );
}
