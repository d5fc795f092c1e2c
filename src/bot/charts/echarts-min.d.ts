/** echarts in one file, which loads several times as fast as its modules one by one. */
declare module 'echarts/dist/echarts.esm.min' {
  export { init } from 'echarts';
}
