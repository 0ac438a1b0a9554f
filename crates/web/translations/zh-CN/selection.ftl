# 遴选
plan-checks = 形式审查
plan-criterion = 指标
plan-weight = 权重
plan-scale = 打分
plan-vetoes = 否决项
plan-classes = 结果类别
plan-others = 回避、公示与进展报告
plan-file = 下载方案文件
plan-none = 还没有发布遴选实施方案。
plan-publish = 发布方案

# 专家库
experts-title = 专家库
experts-none = 专家库里还没有专家。
experts-code = 编号
experts-name = 姓名
experts-fields = 专业领域
experts-employers = 任职单位
experts-account = 账号
experts-next = 下一页
experts-first = 从头显示
experts-import = 导入专家
experts-import-lead = 上传工作簿后，先逐行显示将要做的改动；确认之前不改动专家库。
experts-template = 下载模板（XLSX）
experts-file = 工作簿（.xlsx，不超过 1 MiB、5000 位专家）
experts-check = 查看将要做的改动
experts-row = 行
experts-what = 处理
experts-preview = 导入内容
experts-apply = 按以上内容导入
experts-mend = 改正有误的行后重新上传。
experts-nothing = 专家库与该工作簿一致，无须导入。

# 一个榜单的遴选
selection-title = 遴选
selection-stages = 阶段
selection-application = 申报
selection-form = 形式审查
selection-assigned = 专家
selection-submitted = 评分表
selection-none = 没有符合条件的申报。
selection-older = 下一页
selection-turn = 轮流分派
selection-turn-lead = 为每项通过形式审查的申报分派无回避关系的专家，任务少的专家优先；已分派的计入。
selection-save = 保存
selection-check-lead = 逐项回答是或否；否的写明理由。可以分次保存。
selection-have = 评审专家
selection-choose = 可选专家
selection-assign = 分派
selection-withdraw = 撤回
selection-declare = 登记回避
selection-load = 本阶段任务
selection-conflict = 回避

# 评分
sheets-none = 没有待评审的申报。
sheets-declare-lead = 打分前请确认：您是否任职或曾任职于以下单位，或者有其他可能影响公正评审的关系？
sheets-clear = 没有回避关系，开始评审
sheets-conflict = 有回避关系
sheets-conflict-lead = 该申报随即对您关闭，改由其他专家评审。
sheets-read = 查看申报内容
sheets-files = 证明材料和申报书在该页。
sheets-save = 保存草稿
sheets-submit = 提交评分表
sheets-revise = 修改已提交的评分
sheets-revise-lead = 新版提交前，已提交的一版有效。修改须写明理由。
sheets-vetoes = 否决项
