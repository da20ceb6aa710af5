import { useMemo, useSyncExternalStore } from 'react';

/** The style sheet's colours for what is drawn on a canvas. A theme has an object of its own: draw again when it is another. */
export interface Colours {
  readonly theme: string;
  /** @param name of the custom property, e.g. `--loaded` */
  of(name: string): string;
}

/** The colours of the theme in force; what uses them is drawn again when the theme changes. */
export function useColours(): Colours {
  const theme = useSyncExternalStore(onThemeChange, themeInForce);
  return useMemo(() => coloursOf(theme), [theme]);
}

function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

function themeInForce(): string {
  return document.documentElement.dataset.theme ?? '';
}

function coloursOf(theme: string): Colours {
  const known = new Map<string, string>();
  return {
    theme,
    of(name) {
      const colour = known.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      known.set(name, colour);
      return colour;
    },
  };
}
