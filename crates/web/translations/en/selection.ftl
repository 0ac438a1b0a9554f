# Selection
plan-checks = Check of form
plan-criterion = Criterion
plan-weight = Weight
plan-scale = Marks
plan-vetoes = Vetoes
plan-classes = Classes of result
plan-others = Conflicts, public notice, reports
plan-file = Download the plan as a file
plan-none = No plan has been published yet.
plan-publish = Publish a plan
