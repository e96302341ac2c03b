import * as vega from "vega";

/** Green for what is Laurel's, grey for all else; on white, whatever the page around it. */
export const LAUREL_COLOUR = "#3b7a4b";
export const OTHERS_COLOUR = "#a7b0ba";
export const INK = "#24292f";

const FAINT = "#e3e6ea";
const FONT = "sans-serif";

/** What all charts share. */
export const CONFIG: vega.Config = {
  axis: {
    domainColor: "#8c959f",
    gridColor: FAINT,
    labelColor: INK,
    labelFont: FONT,
    labelFontSize: 11,
    tickColor: "#8c959f",
    titleColor: INK,
    titleFont: FONT,
    titleFontSize: 11,
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  legend: { labelColor: INK, labelFont: FONT, labelFontSize: 11 },
  text: { font: FONT },
  title: { color: INK, font: FONT, fontSize: 13, fontWeight: "bold" },
};

/** An average character's width, as a part of the height of its font. */
const WIDTH_OF_HEIGHT = 0.56;

/**
 * Lets charts be laid out by an estimate of the width of texts, the same on every machine: by itself
 * vega asks a canvas where one is installed, and else takes texts to be half as wide again.
 */
export function estimateText(): void {
  // Exported for this, but without a type.
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  textMetrics.width = ({ fontSize }, text) => {
    return Math.round(String(text).length * fontSize * WIDTH_OF_HEIGHT);
  };
}

interface TextMetrics {
  width: (item: { readonly fontSize: number }, text: unknown) => number;
}
