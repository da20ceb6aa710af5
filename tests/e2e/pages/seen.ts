/** What the eye would catch, measured on the page. */
import type { Page } from '@playwright/test';

/** Least value of a single shift that is worth a line: a few pixels of a small part. */
const leastShift = 0.002;

export interface Shift {
  /** As a share of the window, as the layout-shift entries have it. */
  readonly value: number;
  readonly millis: number;
  /** Element and classes of what moved. */
  readonly nodes: readonly string[];
}

/** Every shift of what stood on the page since it was loaded; also those after a press. */
export function layoutShifts(page: Page): Promise<readonly Shift[]> {
  return page.evaluate(
    (least) =>
      new Promise<readonly Shift[]>((told) => {
        const observer = new PerformanceObserver((list) => {
          observer.disconnect();
          const entries = list.getEntries() as unknown as {
            value: number;
            startTime: number;
            sources: { node: Element | null }[];
          }[];
          told(
            entries
              .filter(({ value }) => value >= least)
              .map(({ value, startTime, sources }) => ({
                value,
                millis: startTime,
                nodes: sources.map(({ node }) =>
                  node instanceof Element ? `${node.localName}.${node.className}` : '#',
                ),
              })),
          );
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        // There is no entry at all on a page where nothing moved.
        setTimeout(() => {
          observer.disconnect();
          told([]);
        }, 500);
      }),
    leastShift,
  );
}

/** Text that its own box cuts off without an ellipsis or a way to scroll to it, one line each. */
export function unseenText(page: Page, where: string): Promise<string[]> {
  return page.evaluate((place) => {
    const faults: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      if (!own || element.closest('.visuallyHidden, svg') || element.clientWidth === 0) continue;
      const style = getComputedStyle(element);
      const cut = element.scrollWidth > element.clientWidth + 1;
      if (!cut || style.overflowX === 'visible' || style.overflowX === 'auto' || style.overflowX === 'scroll') continue;
      if (style.textOverflow === 'ellipsis') continue;
      faults.push(
        `${place}: "${element.textContent?.slice(0, 40)}" is cut off in ${element.localName}.${element.className}`,
      );
    }
    return faults;
  }, where);
}
