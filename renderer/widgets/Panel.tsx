import type { ReactNode } from 'react';

/** A titled part of a view. */
export function Panel(props: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  testId?: string;
}) {
  return (
    <section className={`panel ${props.className ?? ''}`} data-testid={props.testId} aria-label={props.title}>
      <header className="panelHead">
        <h2>{props.title}</h2>
        {props.aside !== undefined && <div className="panelAside">{props.aside}</div>}
      </header>
      <div className="panelBody">{props.children}</div>
    </section>
  );
}
