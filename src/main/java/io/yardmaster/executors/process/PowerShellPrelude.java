package io.yardmaster.executors.process;

/** What PowerShell runs around a step's script: it stops at the first error and has the arguments as typed variables. */
final class PowerShellPrelude {

    static final String TEXT = """
        param([Parameter(Mandatory)][string]$YmScript, [Parameter(ValueFromRemainingArguments)][string[]]$YmArguments)
        $ErrorActionPreference = 'Stop'
        Set-StrictMode -Version Latest
        $PSNativeCommandUseErrorActionPreference = $true
        (Get-Content -Raw -LiteralPath $env:YM_ARGS_FILE | ConvertFrom-Json -AsHashtable).GetEnumerator() |
            ForEach-Object { Set-Variable -Scope Script -Name $_.Key -Value $_.Value }
        Get-ChildItem -File -LiteralPath $env:YM_SECRETS_DIR | ForEach-Object {
            Set-Variable -Scope Script -Name $_.Name -Value ([IO.File]::ReadAllText($_.FullName)) }
        $global:LASTEXITCODE = 0
        if ($null -eq $YmArguments) { & $YmScript } else { & $YmScript @YmArguments }
        exit $LASTEXITCODE
        """;

    private PowerShellPrelude() {}
}
