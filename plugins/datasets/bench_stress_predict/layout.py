"""Where files are below the top folder."""

RAW = "Raw_data"
LABELS = "Processed_data/Improved_All_Combined_hr_rsp_binary.csv"
