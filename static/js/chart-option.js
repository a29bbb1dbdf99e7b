// From a chart's payload (dashboards/charts/model.py) to ECharts' option. No element and no colour is looked up here.
import { axes } from './chart-axes.js'
import { streams } from './chart-streams.js'

/** `look` is {width, height, colours, font, hidden}; `hidden` the numbers of series that are switched off. */
export function option(result, look) {
  const { colours, font } = look
  const drawn = result.kind === 'streams' ? streams(result, look) : axes(result, look)
  return {
    animation: false,
    aria: { enabled: true, label: { description: result.description } },
    textStyle: { fontFamily: font },
    ...drawn,
    // rich text: ECharts' HTML tooltips write style attributes, which the policy forbids
    tooltip: { renderMode: 'richText', confine: true, backgroundColor: colours.surface, borderColor: colours.control, borderWidth: 1, borderRadius: 6,
      padding: [8, 12], shadowBlur: 0, textStyle: { color: colours.text, fontSize: 12, lineHeight: 18, fontFamily: font }, ...drawn.tooltip },
  }
}
