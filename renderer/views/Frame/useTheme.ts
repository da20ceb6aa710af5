import { useEffect, useState } from 'react';
import type { Stores } from '../../stores/createStores.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

const query = '(prefers-color-scheme: dark)';

/** Puts the theme in force on the document. */
export function useTheme(stores: Stores): void {
  const wanted = useStoreValue(stores.view, (state) => state.theme);
  const [systemDark, setSystemDark] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = () => setSystemDark(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  const theme = wanted === 'system' ? (systemDark ? 'dark' : 'light') : wanted;
  // Before the children draw: canvases read their colours from the style sheet.
  document.documentElement.dataset.theme = theme;
}
