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

# Experts
experts-title = Experts
experts-none = There is no expert in the library yet.
experts-code = Number
experts-name = Name
experts-fields = Fields
experts-employers = Employers
experts-account = Account
experts-next = Next page
experts-first = From the beginning
experts-import = Import
experts-import-lead = Upload a workbook: what it changes is shown first, and nothing is done before you confirm it.
experts-template = Download the template (XLSX)
experts-file = Workbook (.xlsx, at most 1 MiB, at most 5,000 experts)
experts-check = Show what it changes
experts-row = Row
experts-what = What is done
experts-preview = What the import does
experts-apply = Import exactly this
experts-mend = Mend the faulty rows, then upload the workbook again.
experts-nothing = The library is already like this workbook.

# Selection of a call
selection-title = Selection
selection-stages = Stages
selection-application = Application
selection-form = Check of form
selection-assigned = Experts
selection-submitted = Sheets
selection-none = There are none.
selection-older = Next page
selection-turn = Assign in turn
selection-turn-lead = Every application that passed gets experts without a conflict, those with least first. What is assigned already counts.
selection-save = Save
selection-check-lead = Answer every item. A no needs its reason. It can be saved unfinished.
selection-have = Experts who score it
selection-choose = Experts
selection-assign = Assign
selection-withdraw = Take back
selection-declare = Declare a conflict
selection-load = Has at this stage
selection-conflict = Conflict

# Sheets
sheets-none = Nothing waits for your scores.
sheets-declare-lead = Before you score: are you, or were you, employed by one of these units, or is there any other relation that could bear on your judgement?
sheets-clear = There is no conflict; score it
sheets-conflict = There is a conflict
sheets-conflict-lead = The application closes to you at once and is given to somebody else.
sheets-read = Read the application
sheets-files = Evidence and the book of the application are on that page.
sheets-save = Save the draft
sheets-submit = Submit the sheet
sheets-revise = Change the submitted sheet
sheets-revise-lead = The submitted version counts until the new one is submitted. A change needs its reason.
sheets-vetoes = Vetoes
