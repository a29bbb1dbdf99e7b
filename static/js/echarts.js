// ECharts from its own address, which changes only with its content: it is loaded once, and cached for ever.
export const { init } = await import(document.querySelector('meta[name="echarts"]').content)
