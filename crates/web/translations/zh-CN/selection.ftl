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
