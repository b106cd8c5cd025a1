import { cancelled, kept } from '../judge/verdict.ts'
import { atOnce, type CaseScript, inTime, later, resumed } from './script.ts'

/**
 * Longer cases, each shown from beginning to end: what several people do who do not only whistle and come. As in plots.ts each
 * act that keeps a promise is timed on that promise's clock. 街道吹哨、部门报到；社区吹哨、党员报到.
 */

const fire = { unit: '420203-fire-rescue' } as const
const drains = { unit: '420203-city-management' } as const
const water = { unit: '420203-water-repair' } as const

/** 联办与退单：城管主办、消防协办；城管退单，街道改派供水公司主办。 */
const jointHandling: CaseScript = {
  id: 'story-joint',
  title: { zh: '联办与退单', en: 'Joint handling, with a return' },
  reporter: 'resident',
  report: {
    categoryCode: 'waterlogging',
    areaCode: '420203010007',
    description: '地下车库倒灌进水，水过膝盖，配电间门口也湿了，还有人冲下去挪车。',
    address: '滨湖社区五期地下车库',
    contact: { name: '段秀兰', phone: '130 0000 0201' },
  },
  unitCode: drains.unit,
  steps: [
    {
      who: 'grid_worker',
      act: 'report_up',
      when: inTime('report', 0.3),
      text: '水从坡道往下灌，社区排不了，请街道统筹。',
    },
    {
      who: 'street',
      act: 'feedback',
      when: inTime('feedback', 0.3),
      text: '车库已封，排水和消防的人正在调，请先不要下去挪车。',
    },
    {
      who: 'street',
      act: 'whistle',
      lead: drains.unit,
      support: [fire.unit],
      when: atOnce,
      text: '城管主办排涝，消防协助抽水、劝离。',
    },
    { who: fire, act: 'accept', when: later(0.02), text: null },
    {
      who: drains,
      act: 'return',
      when: later(0.04),
      text: '现场看是供水主管爆裂倒灌，不是雨水管网，应由供水公司抢修。',
    },
    {
      who: 'street',
      act: 'whistle',
      lead: water.unit,
      when: later(0.04),
      text: '改由供水公司主办，消防继续协办。',
    },
    { who: water, act: 'accept', when: later(0.02), text: null },
    { who: fire, act: 'arrive', when: inTime('on_site', 0.35), text: null },
    { who: water, act: 'arrive', when: inTime('on_site', 0.45), text: null },
    { who: fire, act: 'finish', when: later(0.08), text: '积水抽干，两位车主已劝离。' },
    {
      who: water,
      act: 'resolve',
      when: later(0.06),
      text: '关阀换管，车库冲洗干净，配电间检测合格后恢复供电。',
    },
    { who: 'street', act: 'close', when: later(0.04), text: null },
  ],
  expected: [
    kept('report'),
    kept('feedback'),
    kept('on_site'),
    cancelled('unit', 1),
    kept('unit', [], 2),
    kept('unit', [], 3),
  ],
}

/** 并案：邻居又报了同一面墙，并入先报的一件，两位反映人都得到答复、都来评价。 */
const merged: CaseScript = {
  id: 'story-merged',
  title: { zh: '并案', en: 'Two reports of one thing, merged' },
  reporter: 'resident',
  report: {
    categoryCode: 'facade_hazard',
    areaCode: '420202007005',
    description: '二号楼临街一面的外墙瓷砖成片往下掉，砸坏了一辆电动车。',
    address: '钟楼社区商业街2号楼临街面',
    contact: { name: '毛立群', phone: '130 0000 0202' },
  },
  again: {
    report: {
      categoryCode: 'facade_hazard',
      areaCode: '420202007005',
      description: '楼上掉瓷砖，差点砸到放学的孩子，学校门口这边也有。',
      address: '钟楼社区商业街2号楼学校一侧',
      contact: { name: '龚雨', phone: '130 0000 0203' },
    },
    expected: [kept('report'), cancelled('feedback'), cancelled('on_site')],
  },
  unitCode: '420202-property',
  steps: [
    { who: 'community', act: 'whistle', when: inTime('report', 0.2), text: null },
    {
      who: 'community',
      act: 'feedback',
      when: inTime('feedback', 0.25),
      text: '墙下已拉警戒线，物业带高空作业车赶来。',
    },
    { who: 'neighbour', act: 'report', when: later(0.04), text: null },
    { who: 'community', act: 'merge', when: later(0.04), text: '与先报的是同一面墙，并案办理。' },
    {
      who: 'community',
      act: 'feedback',
      when: later(0.04),
      text: '两位反映的是同一面墙，一并处理；学校一侧也已拦住。',
    },
    { who: 'responder', act: 'arrive', when: inTime('on_site', 0.4), text: null },
    { who: 'responder', act: 'resolve', when: later(0.08), text: '松动瓷砖全部敲除，两侧都挂了防护网。' },
    {
      who: 'reporter',
      act: 'rate',
      solved: true,
      satisfaction: 5,
      when: later(0.04),
      text: '来得快，网也挂好了。',
    },
    {
      who: 'neighbour',
      act: 'rate',
      solved: true,
      satisfaction: 4,
      when: later(0.04),
      text: '孩子上学放心了。',
    },
  ],
  expected: [kept('report'), kept('feedback'), kept('feedback', [], 2), kept('on_site'), kept('unit')],
}

/** 挂账审批：单位申请，区里批准，到时自动恢复；到场晚于原定时限，仍然按时。 */
const paused: CaseScript = {
  id: 'story-paused',
  title: { zh: '挂账审批', en: 'A pause that the district approves' },
  reporter: 'resident',
  report: {
    categoryCode: 'street_light',
    areaCode: '420204005003',
    description: '上坡这一排路灯全黑，灯杆挨着高压线，没人敢碰，晚上有人摔跤。',
    address: '康宁社区后坡道',
    contact: { name: '熊国栋', phone: '130 0000 0204' },
  },
  unitCode: '420204-power-supply',
  steps: [
    {
      who: 'grid_worker',
      act: 'report_up',
      when: inTime('report', 0.3),
      text: '灯杆紧挨高压线，社区无法处置。',
    },
    {
      who: 'street',
      act: 'feedback',
      when: inTime('feedback', 0.3),
      text: '供电所抢修班已接单；登杆要先停电，时间定了马上告诉您。',
    },
    { who: 'street', act: 'whistle', when: atOnce, text: null },
    { who: 'responder', act: 'accept', when: later(0.02), text: null },
    {
      who: 'responder',
      act: 'request_pause',
      promise: 'on_site',
      share: 0.45,
      when: later(0.02),
      text: '灯杆紧挨10千伏线路，等到停电窗口才能登杆。',
    },
    {
      who: 'district',
      act: 'approve_relief',
      reliefNo: 1,
      when: later(0.04),
      text: '同意，停电窗口一到立即施工。',
    },
    { who: 'street', act: 'feedback', when: resumed, text: '线路已停电，抢修班开始登杆，今晚亮灯。' },
    { who: 'responder', act: 'arrive', when: inTime('on_site', 0.75), text: null },
    {
      who: 'responder',
      act: 'resolve',
      when: later(0.06),
      text: '换了六只灯头，改走地埋线，不再贴着高压线。',
    },
    { who: 'street', act: 'close', when: later(0.04), text: null },
  ],
  expected: [kept('report'), kept('feedback'), kept('on_site'), kept('unit')],
}

/** 问效于民：反映人评价“没有解决”，事件当即重办；再办之后满意，当即结案。 */
const rated: CaseScript = {
  id: 'story-rated',
  title: { zh: '问效于民：不满意即重办', en: 'A rating that reopens' },
  reporter: 'resident',
  report: {
    categoryCode: 'ebike_charging',
    areaCode: '420205003001',
    description: '一楼门厅拉了四根飞线给电动车充电，晚上线是烫的。',
    address: '友爱街社区7栋门厅',
    contact: { name: '郝秋菊', phone: '130 0000 0205' },
  },
  unitCode: '420205-property',
  steps: [
    { who: 'community', act: 'whistle', when: inTime('report', 0.2), text: null },
    {
      who: 'community',
      act: 'feedback',
      when: inTime('feedback', 0.25),
      text: '物业马上到，请先不要靠近充电的车。',
    },
    { who: 'responder', act: 'arrive', when: inTime('on_site', 0.12), text: null },
    { who: 'responder', act: 'resolve', when: later(0.04), text: '已拔掉飞线，门厅贴了禁止充电的告示。' },
    {
      who: 'reporter',
      act: 'rate',
      solved: false,
      satisfaction: 2,
      when: later(0.05),
      text: '告示贴了，当晚飞线又拉起来了，没有解决。',
    },
    { who: 'community', act: 'whistle', when: atOnce, text: null },
    {
      who: 'community',
      act: 'feedback',
      when: inTime('feedback', 0.3),
      text: '这次装充电棚，装好请您来验收。',
    },
    { who: 'responder', act: 'arrive', when: inTime('on_site', 0.3), text: null },
    { who: 'responder', act: 'resolve', when: later(0.08), text: '院内装好八个充电位，门厅清空并加了监控。' },
    {
      who: 'reporter',
      act: 'rate',
      solved: true,
      satisfaction: 5,
      when: later(0.05),
      text: '车都推到棚里了，这回是真解决了。',
    },
  ],
  expected: [
    kept('report'),
    kept('feedback'),
    kept('on_site'),
    kept('unit'),
    kept('feedback', [], 2),
    kept('on_site', [], 2),
    kept('unit', [], 2),
  ],
}

export const stories: readonly CaseScript[] = [jointHandling, merged, paused, rated]
