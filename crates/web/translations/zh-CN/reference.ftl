# 演示时钟与规则
clock-title = 演示时钟
clock-lead = 演示按此时钟办理，只能向前，不能退回。越过截止时间后，逾期的规则随即生效。
clock-entries = 跳到日程
clock-when = 时间
clock-what = 事项
clock-jump = 跳到此时
rules-title = 规则
rules-lead = 系统按下列规则检查申报。每条结果都注明条款、所涉内容和改法。
rules-example = 例：
rules-clauses = 依据：
